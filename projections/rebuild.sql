-- try_lock
-- Be the only one that builds a model anew, for as long as this connection lives.
SELECT pg_try_advisory_lock(hashtextextended('allot rebuild ' || %(model)s::text, 0)) AS mine;

-- sort_memory
-- Indexes of whole tables are made from sorted rows.
SELECT set_config('maintenance_work_mem', '256MB', false);

-- hasten
-- What can be built again need not wait for the disk.
SELECT set_config('synchronous_commit', 'off', true);

-- fingerprint
-- What a table holds, whatever its order: how many rows, and a number that any other row changes.
SELECT count(*) AS rows,
       coalesce(sum(hash_record_extended(one, 0)::numeric), 0)::text AS hash
  FROM {table} AS one;

-- only_left
-- Rows of one table that another has not, the first few.
  SELECT row
    FROM (
            SELECT one::text AS row
              FROM {left} AS one
            EXCEPT ALL
            SELECT other::text
              FROM {right} AS other
         ) AS missing
ORDER BY row
   LIMIT 10;

-- rename
-- Give a schema another name.
ALTER SCHEMA {schema} RENAME TO {name};

-- drop
-- Remove a schema with all its tables.
DROP SCHEMA IF EXISTS {schema} CASCADE;

-- analyze
-- Tell the planner what a table holds, and that all can see it, so that indexes alone answer.
VACUUM (ANALYZE) {table};
