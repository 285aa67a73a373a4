-- forecasts_of_pool
-- The live forecasts of a pool.
CREATE INDEX forecasts_of_pool
          ON forecasts (pool, known_to);

-- forecasts_of_unit
-- The live forecasts of a unit.
CREATE INDEX forecasts_of_unit
          ON forecasts (unit, known_to);

-- forecasts_of_grant
-- The forecasts of a grant.
CREATE INDEX forecasts_of_grant
          ON forecasts (grant_id, known_to);

-- predictions_of_unit
-- The predictions of a unit that fell due last.
CREATE INDEX predictions_of_unit
          ON predictions (unit, expected_at, position, step);

-- predictions_of_grant
-- The predictions about a grant.
CREATE INDEX predictions_of_grant
          ON predictions (grant_id, known_to);

-- departures_of_grant
-- What left a grant.
CREATE INDEX departures_of_grant
          ON departures (grant_id, known_to);
