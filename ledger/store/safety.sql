-- rights
-- What could be done to what is recorded by who is connected, or by a role that the service takes.
WITH roles AS (
       SELECT oid, rolname
         FROM pg_roles
        WHERE rolname IN (current_user, 'allot_writer', 'allot_follower', 'allot_reader')
), could AS (
       SELECT rolname, format('%s on %s', right_to.name, kept.name) AS what
         FROM roles
   CROSS JOIN (VALUES ('ledger.events'), ('ledger.receipts'), ('ledger.seal')) AS kept (name)
   CROSS JOIN LATERAL (
              VALUES ('UPDATE', has_any_column_privilege(oid, to_regclass(kept.name), 'UPDATE')),
                     ('DELETE', has_table_privilege(oid, to_regclass(kept.name), 'DELETE')),
                     ('TRUNCATE', has_table_privilege(oid, to_regclass(kept.name), 'TRUNCATE'))
              ) AS right_to (name, has_it)
        WHERE right_to.has_it
        UNION ALL
       SELECT rolname, 'act as allot_owner'
         FROM roles
        WHERE pg_has_role(oid, (SELECT oid FROM pg_roles WHERE rolname = 'allot_owner'), 'MEMBER')
)
  SELECT rolname::text AS acting_as, array_agg(what ORDER BY what) AS rights
    FROM could
GROUP BY rolname
ORDER BY rolname;

-- durability
-- The settings that a commit on the disk rests on, and that are off.
  SELECT array_agg(name ORDER BY name) AS names
    FROM pg_settings
   WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
     AND setting = 'off';

-- takes_writes
-- Whether the server takes more than reads.
SELECT NOT pg_is_in_recovery()
       AND current_setting('default_transaction_read_only') = 'off' AS takes_writes;
