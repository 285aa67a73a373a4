-- said_of
-- All that is said of some grants, in the order of the log.
  SELECT grant_id::text, position, parts
    FROM said
   WHERE grant_id = ANY(%(grants)s::uuid[])
ORDER BY grant_id, position;

-- forecasts_standing
-- The live forecasts of some grants, as believed.
  SELECT id, grant_id::text, pool, unit, position, recorded_at, steps, confidence, revised, ends_at
    FROM forecasts
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY id;

-- predictions_standing
-- The predictions about some grants, as believed.
  SELECT id, position, step, grant_id::text, pool, unit, quantity, total, expected_at
    FROM predictions
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY id;

-- departures_standing
-- What leaves some grants, as believed.
  SELECT id, grant_id::text, made, at, quantity
    FROM departures
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY id;
