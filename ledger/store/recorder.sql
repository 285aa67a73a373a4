-- lock
-- One writer at a time, until the end of its transaction; readers do not wait.
SELECT pg_advisory_xact_lock(hashtextextended('allot ledger', 0));

-- demand_head
-- Fail unless the log ends at a position, whose seal has that root ('' of an empty log).
SELECT ledger.demand_head(%b::bigint, %b::bytea);

-- notify
-- Wake who follows, once this is committed.
NOTIFY allot_log;

-- insert_events
-- Add events; a position that is taken is refused by the primary key.
INSERT INTO ledger.events (originator_id, originator_version, topic, state)
     SELECT originator_id, originator_version, topic, state
       FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])
            AS added (originator_id, originator_version, topic, state)
  RETURNING notification_id;

-- insert_seal
-- Add the seal of the events that follow; to continue what is continued already is refused.
INSERT INTO ledger.seal (size, previous, root, frontier)
     VALUES (%b::bigint, nullif(%b::bigint, 0), %b::bytea, %b::bytea);

-- insert_receipts
-- Keep answers; a key that is taken is refused by the primary key.
INSERT INTO ledger.receipts (person, key, fingerprint, status, body, position, decision)
     SELECT person, key, fingerprint, status, body, position, decision
       FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::bigint[], %b::bytea[], %b::bigint[],
                   %b::uuid[])
            AS added (person, key, fingerprint, status, body, position, decision);
