-- schema
-- Where the record is kept.
CREATE SCHEMA IF NOT EXISTS ledger AUTHORIZATION allot_owner;

-- follower_schemas
-- The follower makes the schemas of the read models, and readers may read what it makes.
DO $$
BEGIN
  IF NOT has_database_privilege('allot_follower', current_database(), 'CREATE') THEN
    EXECUTE format('GRANT CREATE ON DATABASE %I TO allot_follower', current_database());
  END IF;
END
$$;
ALTER DEFAULT PRIVILEGES FOR ROLE allot_follower GRANT USAGE ON SCHEMAS TO allot_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE allot_follower GRANT SELECT ON TABLES TO allot_reader;
