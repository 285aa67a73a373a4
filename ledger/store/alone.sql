-- patience
-- Wait no longer than this for a lock.
SELECT set_config('lock_timeout', %(patience)s::text, false);

-- snapshots_alone
-- Be the one process that makes snapshots, for as long as this connection lives; wait for the one
-- that does.
SELECT pg_advisory_lock(hashtextextended('allot snapshots', 0));
