-- is_there
-- Whether there is a schema of this name.
SELECT to_regnamespace(%(schema)s::text) IS NOT NULL AS is_so;

-- try_lock
-- Be the only one that builds a model anew, for as long as this connection lives.
SELECT pg_try_advisory_lock(hashtextextended('allot rebuild ' || %(model)s::text, 0)) AS mine;

-- sort_memory
-- Indexes of whole tables are made from sorted rows.
SELECT set_config('maintenance_work_mem', '256MB', false);

-- hasten
-- What can be built again need not wait for the disk.
SELECT set_config('synchronous_commit', 'off', true);

-- one_moment
-- Look at everything as it is now, until the transaction ends.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;

-- fingerprint
-- What a table holds, whatever its order: how many rows, and a number that any other row changes.
SELECT count(*) AS rows,
       coalesce(sum(hash_record_extended(one, 0)), 0)::text AS hash
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

-- give_way
-- Wait for no lock longer than this, until the transaction ends: less than it takes the server to
-- look for a deadlock (deadlock_timeout, 1 s), which it would end for a reader as well.
SELECT set_config('lock_timeout', '100ms', true);

-- drop
-- Remove a schema with all its tables.
DROP SCHEMA IF EXISTS {schema} CASCADE;

-- analyze
-- Tell the planner what a table holds.
ANALYZE {table};

-- readers
-- Transactions of this database that may look at it as it was a while ago: all but those that build
-- and those that wait for this building.
  SELECT locks.virtualxid
    FROM pg_locks AS locks
    JOIN pg_stat_activity AS activity
      ON activity.pid = locks.pid
   WHERE locks.locktype = 'virtualxid'
     AND locks.granted
     AND locks.virtualxid IS NOT NULL
     AND activity.datname = current_database()
     AND activity.usesysid IS NOT NULL
     AND activity.application_name IS DISTINCT FROM %(name)s::text
     AND activity.pid <> ALL(%(own)s::integer[])
     AND NOT pg_blocking_pids(activity.pid) && %(own)s::integer[]
ORDER BY locks.virtualxid;
