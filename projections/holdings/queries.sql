-- held
-- What every grant has in hand at an instant, as recorded by a position.
  SELECT pool, unit, grant_id::text, class, quantity, valid_from, valid_to
    FROM proj_holdings.holdings
   WHERE known_to = 9223372036854775807
     AND fork = ANY(%(valid_forks)s::bigint[])
     AND valid_to > %(valid_at)s::timestamptz
     AND valid_from <= %(valid_at)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
   UNION ALL
  SELECT pool, unit, grant_id::text, class, quantity, valid_from, valid_to
    FROM proj_holdings.holdings
   WHERE known_to < 9223372036854775807
     AND fork = ANY(%(known_forks)s::bigint[])
     AND known_to > %(known_at)s::bigint
     AND known_from <= %(known_at)s::bigint
     AND valid_to > %(valid_at)s::timestamptz
     AND valid_from <= %(valid_at)s::timestamptz
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
ORDER BY 1, 2, 3, 6;

-- held_of_units
-- What the grants of some units have in hand at an instant, as recorded by a position.
  SELECT pool, unit, grant_id::text, class, quantity, valid_from, valid_to
    FROM proj_holdings.holdings
   WHERE known_to = 9223372036854775807
     AND unit = ANY(%(units)s::text[])
     AND fork = ANY(%(valid_forks)s::bigint[])
     AND valid_to > %(valid_at)s::timestamptz
     AND valid_from <= %(valid_at)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
   UNION ALL
  SELECT pool, unit, grant_id::text, class, quantity, valid_from, valid_to
    FROM proj_holdings.holdings
   WHERE known_to < 9223372036854775807
     AND unit = ANY(%(units)s::text[])
     AND fork = ANY(%(known_forks)s::bigint[])
     AND known_to > %(known_at)s::bigint
     AND known_from <= %(known_at)s::bigint
     AND valid_to > %(valid_at)s::timestamptz
     AND valid_from <= %(valid_at)s::timestamptz
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
ORDER BY 1, 2, 3, 6;

-- held_sums
-- What every unit has in hand at an instant by class, as recorded by a position.
  SELECT pool, unit, class, sum(quantity)::bigint AS quantity
    FROM (
           SELECT pool, unit, class, quantity
             FROM proj_holdings.holdings
            WHERE known_to = 9223372036854775807
              AND fork = ANY(%(valid_forks)s::bigint[])
              AND valid_to > %(valid_at)s::timestamptz
              AND valid_from <= %(valid_at)s::timestamptz
              AND known_from <= %(known_at)s::bigint
              AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
            UNION ALL
           SELECT pool, unit, class, quantity
             FROM proj_holdings.holdings
            WHERE known_to < 9223372036854775807
              AND fork = ANY(%(known_forks)s::bigint[])
              AND known_to > %(known_at)s::bigint
              AND known_from <= %(known_at)s::bigint
              AND valid_to > %(valid_at)s::timestamptz
              AND valid_from <= %(valid_at)s::timestamptz
              AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
         ) AS held
GROUP BY pool, unit, class
ORDER BY pool, unit, class;

-- grant
-- One grant, as recorded by a position.
  SELECT grant_id::text, pool, unit, class, start_at, end_at, first, made, moved, ended
    FROM proj_holdings.grants
   WHERE grant_id = %(grant)s::uuid
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint;

-- steps
-- What a grant has in hand over time, as recorded by a position.
  SELECT valid_from, valid_to, quantity
    FROM proj_holdings.holdings
   WHERE grant_id = %(grant)s::uuid
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY valid_from, id;

-- spans
-- What grants have in hand over a period, clipped to it, as recorded by a position.
  SELECT pool, unit, grant_id::text, class,
         greatest(valid_from, %(start)s::timestamptz) AS start_at,
         least(valid_to, %(end)s::timestamptz) AS end_at,
         quantity
    FROM proj_holdings.holdings
   WHERE valid_to > %(start)s::timestamptz
     AND valid_from < %(end)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY pool, unit, valid_from, id;

-- grants_of
-- The grants of some units, as recorded by a position; with `ended` those over by the instant too.
  SELECT grant_id::text, pool, unit, class, start_at, end_at, first, made, moved, ended
    FROM proj_holdings.grants
   WHERE known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(ended)s::boolean OR end_at > %(valid_at)s::timestamptz)
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY start_at, made, grant_id;

-- effects
-- What units had in hand just before and after events took effect.
  SELECT position, pool, unit, at, before, after
    FROM proj_holdings.effects
   WHERE position = ANY(%(positions)s::bigint[])
ORDER BY position, pool, unit, at;

-- first_start
-- When the first grant starts, as recorded by a position.
SELECT min(start_at)
  FROM proj_holdings.grants
 WHERE known_from <= %(known_at)s::bigint
   AND known_to > %(known_at)s::bigint;

-- changes_between
-- Each grant that has more or less from an instant of a period on, as recorded by a position.
-- What leaves a grant at or after its end moves nothing; what a grant holds at its end goes back.
  SELECT at, kind, pool, unit, grant_id, other, quantity, position
    FROM (
            SELECT start_at AS at, CASE WHEN moved THEN 'moved_in' ELSE 'starts' END AS kind,
                   pool, unit, grant_id::text, NULL AS other, first AS quantity, made AS position
              FROM proj_holdings.grants
             WHERE start_at >= %(start)s::timestamptz
               AND start_at < %(end)s::timestamptz
               AND start_at < end_at
               AND known_from <= %(known_at)s::bigint
               AND known_to > %(known_at)s::bigint
             UNION ALL
            SELECT draws.at,
                   CASE WHEN draws.to_unit IS NULL THEN 'released' ELSE 'moved_out' END,
                   draws.pool, draws.unit, draws.grant_id::text, draws.to_unit,
                   -draws.quantity, draws.position
              FROM proj_holdings.draws AS draws
              JOIN proj_holdings.grants AS source
                ON source.grant_id = draws.grant_id
               AND source.known_from <= %(known_at)s::bigint
               AND source.known_to > %(known_at)s::bigint
             WHERE draws.at >= %(start)s::timestamptz
               AND draws.at < %(end)s::timestamptz
               AND draws.at < source.end_at
               AND draws.quantity > 0
               AND draws.known_from <= %(known_at)s::bigint
               AND draws.known_to > %(known_at)s::bigint
             UNION ALL
            SELECT row.valid_to, 'ends', row.pool, row.unit, row.grant_id::text, NULL,
                   -row.quantity, over.known_from
              FROM proj_holdings.grants AS over
              JOIN proj_holdings.holdings AS row
                ON row.grant_id = over.grant_id
               AND row.valid_to = over.end_at
               AND row.known_from <= %(known_at)s::bigint
               AND row.known_to > %(known_at)s::bigint
             WHERE over.end_at >= %(start)s::timestamptz
               AND over.end_at < %(end)s::timestamptz
               AND over.known_from <= %(known_at)s::bigint
               AND over.known_to > %(known_at)s::bigint
         ) AS change
   WHERE (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY at,
         CASE kind WHEN 'ends' THEN 0 WHEN 'released' THEN 1 WHEN 'moved_out' THEN 2
                   WHEN 'moved_in' THEN 3 ELSE 4 END,
         pool, unit, grant_id, position;
