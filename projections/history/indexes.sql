-- events_by_position
-- One event, and events in order.
ALTER TABLE events
        ADD PRIMARY KEY (position);

-- events_by_recorded
-- What was recorded by an instant.
CREATE INDEX events_by_recorded
          ON events (recorded_at);

-- events_of_decision
-- The events of one decision.
CREATE INDEX events_of_decision
          ON events (decision);

-- events_of_key
-- The events of an idempotency key, whatever its length.
CREATE INDEX events_of_key
          ON events USING hash (key);

-- events_about
-- The events about a grant or delegation, the one that made it first.
ALTER TABLE subjects
        ADD PRIMARY KEY (subject, position);
