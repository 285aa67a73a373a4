-- events
-- The log from its beginning, by the index that every event is in.
  SELECT notification_id, topic, state
    FROM ledger.events
ORDER BY notification_id;

-- keep
-- Keep the seal of some of them.
INSERT INTO ledger.seal (size, previous, root, frontier)
     VALUES (%(size)s::bigint, %(previous)s::bigint, %(root)s::bytea, %(frontier)s::bytea);

-- look_now
-- Look now whether each seal has its events, while the owner of the tables acts.
SET CONSTRAINTS ledger.seal_has_events IMMEDIATE;

-- look_later
-- From now on seals come ahead of their events again.
SET CONSTRAINTS ledger.seal_has_events DEFERRED;
