-- snapshots_alone
-- Be the one process that makes snapshots, for as long as this connection lives; wait for the one
-- that does.
SELECT pg_advisory_lock(hashtextextended('allot snapshots', 0));
