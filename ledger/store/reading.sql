-- head
-- The position of the last committed event, 0 when there is none.
SELECT coalesce(max(notification_id), 0)::bigint
  FROM ledger.events;

-- read_after
-- Committed events after a position, in order, without gaps.
  SELECT notification_id, topic, state
    FROM ledger.events
   WHERE notification_id > %(after)s::bigint
ORDER BY notification_id
   LIMIT %(limit)s::bigint;

-- read_stored
-- The bytes of committed events after a position, in order, without gaps.
  SELECT state
    FROM ledger.events
   WHERE notification_id > %(after)s::bigint
ORDER BY notification_id
   LIMIT %(limit)s::bigint;

-- read_lines
-- Committed events after a position up to another, as one value with a line break between them.
SELECT coalesce(string_agg(state, '\x0a'::bytea ORDER BY notification_id), '')
  FROM ledger.events
 WHERE notification_id > %(after)s::bigint
   AND notification_id <= %(up_to)s::bigint;

-- read_at
-- Committed events at some positions, in order.
  SELECT notification_id, topic, state
    FROM ledger.events
   WHERE notification_id = ANY(%(positions)s::bigint[])
ORDER BY notification_id;

-- receipt
-- The stored answer of a key.
SELECT person, key, fingerprint, status, body, position, decision
  FROM ledger.receipts
 WHERE person = %(person)s::text
   AND key = %(key)s::text;

-- is_decided
-- The receipt of the decision with an id.
SELECT decision
  FROM ledger.receipts
 WHERE decision = %(decision)s::uuid;
