-- begin
-- What follows is one transaction.
BEGIN;

-- commit
-- What came before is kept, once this is answered.
COMMIT;

-- identity
-- Which ledger this database keeps.
SELECT id
  FROM ledger.identity;

-- seal_at
-- The root that was sealed at a position, by which the log is known to be what was read.
SELECT root
  FROM ledger.seal
 WHERE size = %b::bigint;

-- catch_up
-- What follows a position.
  SELECT notification_id, topic, state
    FROM ledger.events
   WHERE notification_id > %b::bigint
ORDER BY notification_id;

-- seal
-- The newest seal.
  SELECT size, previous, root, frontier
    FROM ledger.seal
ORDER BY size DESC
   LIMIT 1;

-- receipts
-- The stored answers of keys, given as columns.
SELECT kept.person, kept.key, kept.fingerprint, kept.status, kept.body, kept.position,
       kept.decision
  FROM unnest(%b::text[], %b::text[]) AS asked (person, key)
  JOIN ledger.receipts AS kept
    ON kept.person = asked.person
   AND kept.key = asked.key;

-- decided
-- Which decision ids are in use.
SELECT kept.decision
  FROM ledger.receipts AS kept
 WHERE kept.decision = ANY(%b::uuid[]);

-- now
-- The database's clock, not that of a transaction's beginning.
SELECT clock_timestamp();

-- snapshot
-- The newest snapshot of a shape that does not lie beyond the log, in pieces of 4 MiB.
    WITH newest AS (
           SELECT position, sha256, state
             FROM ledger.snapshots
            WHERE shape = %(shape)s::bytea
              AND position <= (SELECT max(notification_id) FROM ledger.events)
         ORDER BY position DESC
            LIMIT 1
         )
  SELECT position, sha256, substring(state FROM 4194304 * piece + 1 FOR 4194304)
    FROM newest, generate_series(0, (octet_length(state) - 1) / 4194304) AS pieces (piece)
ORDER BY piece;

-- snapshot_position
-- Where that snapshot lies.
  SELECT coalesce(max(position), 0)::bigint
    FROM ledger.snapshots
   WHERE shape = %(shape)s::bytea
     AND position <= (SELECT max(notification_id) FROM ledger.events);

-- keep_snapshot
-- Keep a snapshot; one of the same position says the same.
INSERT INTO ledger.snapshots (shape, position, sha256, state)
     VALUES (%(shape)s::bytea, %(position)s::bigint, %(sha256)s::bytea, %(state)s::bytea)
ON CONFLICT (shape, position) DO NOTHING;

-- drop_snapshots
-- Let go of all but the two newest of a shape, and of other shapes that are a month old.
DELETE FROM ledger.snapshots
      WHERE shape = %(shape)s::bytea
        AND position NOT IN (SELECT position
                               FROM ledger.snapshots
                              WHERE shape = %(shape)s::bytea
                           ORDER BY position DESC
                              LIMIT 2)
         OR shape <> %(shape)s::bytea
        AND taken_at < now() - interval '30 days';
