-- shares
-- The shares of units in pools, as recorded by a position, in the order of the log.
  SELECT pool, unit, floor, amount, cap, parent, valid_from, valid_to, position
    FROM proj_budgets.shares
   WHERE known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(unit)s::text IS NULL OR unit = %(unit)s::text)
ORDER BY pool, unit, position;

-- turning
-- The pools and units with a share that begins or ends in a period, as recorded by a position.
  SELECT DISTINCT pool, unit
    FROM proj_budgets.shares
   WHERE (
          (valid_from >= %(start)s::timestamptz AND valid_from < %(end)s::timestamptz)
          OR (valid_to >= %(start)s::timestamptz AND valid_to < %(end)s::timestamptz)
         )
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
ORDER BY pool, unit;
