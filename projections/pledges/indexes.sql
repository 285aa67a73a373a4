-- promises_by_pledge
-- One pledge.
CREATE INDEX promises_by_pledge
          ON promises (pledge, known_to);

-- promises_to_unit
-- What a unit is promised.
CREATE INDEX promises_to_unit
          ON promises (to_unit, known_to);
