-- standing
-- The live forecasts of grants that have not ended by an instant, as recorded by a position.
  SELECT grant_id::text, pool, unit, position, recorded_at, steps, confidence, revised, ends_at
    FROM proj_forecasts.forecasts
   WHERE (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
     AND ends_at > %(valid_at)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY pool, unit, position, grant_id;

-- departures
-- What left some grants, and when, by facts behind their first forecast, as recorded by a position.
  SELECT grant_id::text, made, at, quantity
    FROM proj_forecasts.departures
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND quantity IS NOT NULL
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY grant_id, at, made, id;

-- predictions
-- Of each of some units the predictions that fell due last by an instant, as recorded by a position.
-- One is fulfilled once so much left the grant since it was recorded, or the grant has ended.
    SELECT due.unit, due.grant_id::text, due.pool, due.position, due.step, due.quantity, due.total,
           due.expected_at, fulfilled.at
      FROM unnest(%(units)s::text[]) AS asked (unit)
CROSS JOIN LATERAL (
                SELECT unit, grant_id, pool, position, step, quantity, total, expected_at
                  FROM proj_forecasts.predictions
                 WHERE unit = asked.unit
                   AND expected_at <= %(due_by)s::timestamptz
                   AND known_from <= %(known_at)s::bigint
                   AND known_to > %(known_at)s::bigint
              ORDER BY expected_at DESC, position DESC, step DESC
                 LIMIT %(last)s::bigint
           ) AS due
CROSS JOIN LATERAL (
                SELECT min(left_it.at) AS at
                  FROM (
                          SELECT at, quantity, sum(quantity) OVER (ORDER BY at) AS gone
                            FROM proj_forecasts.departures
                           WHERE grant_id = due.grant_id
                             AND (made > due.position OR quantity IS NULL)
                             AND known_from <= %(known_at)s::bigint
                             AND known_to > %(known_at)s::bigint
                       ) AS left_it
                 WHERE left_it.quantity IS NULL
                    OR left_it.gone >= due.total
           ) AS fulfilled
  ORDER BY due.unit, due.expected_at DESC, due.position DESC, due.step DESC;
