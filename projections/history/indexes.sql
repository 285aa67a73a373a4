-- decisions_by_position
-- The decision that a position is of.
ALTER TABLE decisions
        ADD PRIMARY KEY (position);

-- decisions_by_recorded
-- What was recorded by an instant.
CREATE INDEX decisions_by_recorded
          ON decisions (recorded_at);

-- decisions_by_id
-- The positions of one decision.
CREATE INDEX decisions_by_id
          ON decisions (decision);

-- decisions_of_key
-- The positions of an idempotency key, whatever its length.
CREATE INDEX decisions_of_key
          ON decisions USING hash (key);

-- events_about
-- The events about a grant or delegation, the one that made it first.
ALTER TABLE subjects
        ADD PRIMARY KEY (subject, position);

-- spoken_of_at
-- What a sentence speaks of, and of what a flag takes all.
ALTER TABLE spoken_of
        ADD PRIMARY KEY (position, subject, wholly);

-- postings_by_tag
-- Where a tag is found, block by block: from the index alone, as a tag's blocks lie far apart in
-- the table.
ALTER TABLE postings_before
        ADD PRIMARY KEY (tag, block) INCLUDE (bits);

-- last_of_tag
-- Where a tag was found last.
ALTER TABLE postings_last
        ADD PRIMARY KEY (tag);
