-- roles
-- The four roles of a cluster, none of which logs in; two databases may migrate at once.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['allot_owner', 'allot_writer', 'allot_follower', 'allot_reader']
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        RAISE NOTICE '% was made by another migration just now', wanted;
      END;
    END IF;
  END LOOP;
END
$$;

-- memberships
-- Who migrates may act as each role; who writes or follows may read. A superuser may anyway.
DO $$
DECLARE
  wanted text;
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    FOREACH wanted IN ARRAY ARRAY['allot_owner', 'allot_writer', 'allot_follower', 'allot_reader']
    LOOP
      BEGIN
        EXECUTE format('GRANT %I TO %I', wanted, current_user);
      EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE '% was given to % by somebody else, or what follows fails', wanted, current_user;
      END;
    END LOOP;
  END IF;
  FOREACH wanted IN ARRAY ARRAY['allot_writer', 'allot_follower'] LOOP
    IF NOT pg_has_role(wanted, 'allot_reader', 'USAGE') THEN
      EXECUTE format('GRANT allot_reader TO %I', wanted);
    END IF;
  END LOOP;
END
$$;
