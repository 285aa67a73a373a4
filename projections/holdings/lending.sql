-- loans
-- What grants have lent, and what loans have in hand, at an instant, as recorded by a position.
-- A loan has other_grant as its lender; on a lender stand the rows of what it has lent.
WITH lending AS (
     SELECT pool, unit, grant_id, other_grant, kind, quantity
       FROM proj_holdings.holdings
      WHERE known_to = 9223372036854775807
        AND other_grant IS NOT NULL
        AND fork = ANY((SELECT %(forks)s::bigint[])::bigint[])
        AND valid_from <= (SELECT %(valid_at)s::timestamptz)
        AND valid_to > (SELECT %(valid_at)s::timestamptz)
        AND known_from <= (SELECT %(known_at)s::bigint)
        AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
      UNION ALL
     SELECT pool, unit, grant_id, other_grant, kind, quantity
       FROM proj_holdings.holdings
      WHERE known_to < 9223372036854775807
        AND other_grant IS NOT NULL
        AND fork = ANY((SELECT %(known_forks)s::bigint[])::bigint[])
        AND known_to > (SELECT %(known_at)s::bigint)
        AND known_from <= (SELECT %(known_at)s::bigint)
        AND valid_from <= (SELECT %(valid_at)s::timestamptz)
        AND valid_to > (SELECT %(valid_at)s::timestamptz)
        AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
), asked AS (
     SELECT pool, unit, grant_id, other_grant, kind, quantity
       FROM lending
      WHERE (%(pool)s::text IS NULL OR pool = %(pool)s::text)
)
  SELECT pool, unit, grant_id::text, NULL, -sum(quantity)::bigint, 0::bigint
    FROM asked
   WHERE kind > 2
GROUP BY pool, unit, grant_id
  HAVING sum(quantity) < 0
   UNION ALL
  SELECT asked.pool, asked.unit, asked.grant_id::text, (array_agg(asked.other_grant))[1]::text,
         0::bigint, sum(part.quantity)::bigint
    FROM asked
    JOIN proj_holdings.holdings AS part
   USING (grant_id)
   WHERE asked.kind = 2
     AND part.known_from <= %(known_at)s::bigint
     AND part.known_to > %(known_at)s::bigint
     AND part.valid_from <= %(valid_at)s::timestamptz
     AND part.valid_to > %(valid_at)s::timestamptz
GROUP BY asked.pool, asked.unit, asked.grant_id
  HAVING sum(part.quantity) > 0
ORDER BY 1, 2, 3;
