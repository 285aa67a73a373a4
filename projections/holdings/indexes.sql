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
-- The steps of one grant.
CREATE INDEX holdings_of_grant
          ON holdings (grant_id);

-- grants_by_id
-- One grant.
CREATE INDEX grants_by_id
          ON grants (grant_id);

-- grants_of_unit
-- The grants of a unit.
CREATE INDEX grants_of_unit
          ON grants (unit);

-- grants_by_start
-- What starts in a period.
CREATE INDEX grants_by_start
          ON grants (start_at);

-- grants_by_end
-- What ends in a period.
CREATE INDEX grants_by_end
          ON grants (end_at);

-- draws_of_grant
-- What leaves one grant.
CREATE INDEX draws_of_grant
          ON draws (grant_id);

-- draws_by_instant
-- What leaves grants in a period.
CREATE INDEX draws_by_instant
          ON draws (at);
