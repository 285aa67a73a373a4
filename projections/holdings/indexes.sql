-- holdings_of_unit
-- What one unit has at an instant, as believed now.
CREATE INDEX holdings_of_unit
          ON holdings (unit, fork, valid_to, valid_from)
       WHERE known_to = 9223372036854775807;

-- holdings_of_unit_once
-- What was believed once of one unit.
CREATE INDEX holdings_of_unit_once
          ON holdings (unit, fork, known_to, known_from)
       WHERE known_to < 9223372036854775807;

-- holdings_believed
-- The whole organisation at an instant, as believed now, from the index alone.
CREATE INDEX holdings_believed
          ON holdings (fork, valid_to, valid_from)
     INCLUDE (pool, unit, class, quantity, known_from)
       WHERE known_to = 9223372036854775807;

-- holdings_once
-- What was believed once of the whole organisation.
CREATE INDEX holdings_once
          ON holdings (fork, known_to, known_from)
       WHERE known_to < 9223372036854775807;

-- holdings_of_grant
-- One grant and what leaves it.
CREATE INDEX holdings_of_grant
          ON holdings (grant_id);

-- holdings_by_start
-- What starts or leaves in a period.
CREATE INDEX holdings_by_start
          ON holdings (valid_from);

-- holdings_by_end
-- What ends in a period.
CREATE INDEX holdings_by_end
          ON holdings (end_at)
       WHERE kind <= 1;

-- effects_by_block
-- What events did to units.
ALTER TABLE effects
        ADD PRIMARY KEY (block);
