-- lent
-- What units have lent to others at an instant, by class and by whom it was lent to, as recorded by a
-- position: what stands the other way round on the lenders, while they live.
  SELECT pool, unit, class, to_unit, -sum(quantity)::bigint
    FROM (
           SELECT pool, unit, class, to_unit, quantity
             FROM proj_holdings.holdings
            WHERE known_to = 9223372036854775807
              AND other_grant IS NOT NULL
              AND kind > 2
              AND fork = ANY((SELECT %(forks)s::bigint[])::bigint[])
              AND valid_from <= (SELECT %(valid_at)s::timestamptz)
              AND valid_to > (SELECT %(valid_at)s::timestamptz)
              AND known_from <= (SELECT %(known_at)s::bigint)
              AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
              AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
            UNION ALL
           SELECT pool, unit, class, to_unit, quantity
             FROM proj_holdings.holdings
            WHERE known_to < 9223372036854775807
              AND other_grant IS NOT NULL
              AND kind > 2
              AND fork = ANY((SELECT %(known_forks)s::bigint[])::bigint[])
              AND known_to > (SELECT %(known_at)s::bigint)
              AND known_from <= (SELECT %(known_at)s::bigint)
              AND valid_from <= (SELECT %(valid_at)s::timestamptz)
              AND valid_to > (SELECT %(valid_at)s::timestamptz)
              AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
              AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
         ) AS lent
GROUP BY pool, unit, class, to_unit
  HAVING sum(quantity) <> 0
ORDER BY 1, 2, 3, 4;
