-- rights
-- What the connection could do to what is recorded, whoever it acts as.
SELECT current_user::text AS acting_as,
       array_remove(ARRAY[
         CASE WHEN has_table_privilege('ledger.events', 'UPDATE') THEN 'UPDATE' END,
         CASE WHEN has_table_privilege('ledger.events', 'DELETE') THEN 'DELETE' END,
         CASE WHEN has_table_privilege('ledger.events', 'TRUNCATE') THEN 'TRUNCATE' END
       ], NULL) AS rights;

-- durability
-- The settings that a commit on the disk rests on, and that are off.
  SELECT array_agg(name ORDER BY name) AS names
    FROM pg_settings
   WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
     AND setting = 'off';
