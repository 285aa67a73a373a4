-- shares
-- The shares of units in pools, as recorded by a position, in the order of the log.
  SELECT pool, unit, floor, amount, cap, parent, valid_from, valid_to, position
    FROM proj_budgets.shares
   WHERE known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(unit)s::text IS NULL OR unit = %(unit)s::text)
ORDER BY pool, unit, position;
