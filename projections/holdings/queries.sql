-- held
-- What the grants of some units or all have in hand at an instant, as recorded by a position.
-- Whatever it is about, one plan serves: what is asked stands in sub-selects, so that the planner
-- weighs a plan for any question like one for this question, and plans once a connection. Of the
-- periods around an instant, those forked before its hour end after it, those forked behind it
-- begin by then, and those forked at it do both.
WITH asked AS MATERIALIZED (
       SELECT coalesce(
                (SELECT %(unit_numbers)s::bigint[]),
                (SELECT array_agg(DISTINCT unit_number) FROM proj_holdings.accounts)
              ) AS numbers
)
  SELECT pool, unit, grant_id::text, class, quantity
    FROM (
           SELECT grant_id, min(account) AS account, proj_holdings.total(quantity) AS quantity
             FROM (
                    SELECT grant_id, account, quantity
                      FROM proj_holdings.holdings
                     WHERE known_to = 9223372036854775807
                       AND unit_number = ANY((SELECT numbers FROM asked)::bigint[])
                       AND fork = ANY((SELECT %(forks_before)s::bigint[])::bigint[])
                       AND valid_to > (SELECT %(valid_at)s::timestamptz)
                       AND (fork < (SELECT %(hour)s::bigint)
                            OR valid_from <= (SELECT %(valid_at)s::timestamptz))
                       AND known_from <= (SELECT %(known_at)s::bigint)
                     UNION ALL
                    SELECT grant_id, account, quantity
                      FROM proj_holdings.holdings
                     WHERE known_to = 9223372036854775807
                       AND unit_number = ANY((SELECT numbers FROM asked)::bigint[])
                       AND fork = ANY((SELECT %(forks_after)s::bigint[])::bigint[])
                       AND valid_from <= (SELECT %(valid_at)s::timestamptz)
                       AND known_from <= (SELECT %(known_at)s::bigint)
                     UNION ALL
                    SELECT grant_id, account, quantity
                      FROM proj_holdings.holdings
                     WHERE known_to < 9223372036854775807
                       AND unit_number = ANY((SELECT numbers FROM asked)::bigint[])
                       AND fork = ANY((SELECT %(known_forks)s::bigint[])::bigint[])
                       AND known_to > (SELECT %(known_at)s::bigint)
                       AND known_from <= (SELECT %(known_at)s::bigint)
                       AND valid_to > (SELECT %(valid_at)s::timestamptz)
                       AND valid_from <= (SELECT %(valid_at)s::timestamptz)
                  ) AS part
         GROUP BY grant_id
           HAVING proj_holdings.total(quantity) > 0
         ) AS held
    JOIN proj_holdings.accounts
   USING (account)
   WHERE ((SELECT %(units)s::text[]) IS NULL
          OR unit = ANY((SELECT %(units)s::text[])::text[]))
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
ORDER BY 1, 2, 3;

-- held_of_grants
-- What some grants have in hand at an instant, as recorded by a position. They are found by their ids,
-- and what is left of their rows by looking: no index of instants helps with so few.
WITH parts AS MATERIALIZED (
       SELECT pool, unit, grant_id, class, quantity, known_from, known_to, valid_from, valid_to
         FROM proj_holdings.holdings
        WHERE grant_id = ANY(%(grants)s::uuid[])
)
  SELECT pool, unit, grant_id::text, class, sum(quantity)::bigint AS quantity
    FROM parts
   WHERE known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND valid_from <= %(valid_at)s::timestamptz
     AND valid_to > %(valid_at)s::timestamptz
GROUP BY pool, unit, grant_id, class
  HAVING sum(quantity) > 0
ORDER BY 1, 2, 3;

-- kin
-- Some grants with their loans and lenders, and theirs, whoever lent to whom at any time.
WITH RECURSIVE kin AS (
       SELECT unnest(%(grants)s::uuid[]) AS grant_id
        UNION
       SELECT other.grant_id
         FROM kin
        CROSS JOIN LATERAL (
                SELECT other_grant AS grant_id
                  FROM proj_holdings.holdings
                 WHERE grant_id = kin.grant_id
                   AND other_grant IS NOT NULL
                 UNION ALL
                SELECT grant_id
                  FROM proj_holdings.holdings
                 WHERE other_grant = kin.grant_id
              ) AS other
)
SELECT grant_id::text AS grant
  FROM kin;

-- grant
-- One grant, as recorded by a position.
  SELECT grant_id::text, pool, unit, class, valid_from, end_at, quantity, made, kind = 1 AS moved,
         ended
    FROM proj_holdings.holdings
   WHERE grant_id = %(grant)s::uuid
     AND kind <= 2
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint;

-- parts_between
-- What adds to grants and takes from them over a period, as recorded by a position.
  SELECT pool, unit, grant_id::text, class, quantity, valid_from, valid_to, kind
    FROM proj_holdings.holdings
   WHERE valid_to > %(start)s::timestamptz
     AND valid_from < %(end)s::timestamptz
     AND valid_from < valid_to
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(units)s::text[] IS NULL
          OR (unit_number = ANY(%(unit_numbers)s::bigint[]) AND unit = ANY(%(units)s::text[])))
ORDER BY pool, unit, grant_id, valid_from;

-- parts_of
-- What adds to some grants and takes from them, as recorded by a position.
  SELECT pool, unit, grant_id::text, class, quantity, valid_from, valid_to, kind
    FROM proj_holdings.holdings
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND valid_from < valid_to
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY grant_id, valid_from;

-- grants_of
-- The grants of some units, as recorded by a position; with `ended` those over by the instant too.
  SELECT grant_id::text, pool, unit, class, valid_from, end_at, quantity, made, kind = 1 AS moved,
         ended
    FROM proj_holdings.holdings
   WHERE kind <= 2
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(ended)s::boolean OR end_at > %(valid_at)s::timestamptz)
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
     AND (%(units)s::text[] IS NULL
          OR (unit_number = ANY(%(unit_numbers)s::bigint[]) AND unit = ANY(%(units)s::text[])))
ORDER BY valid_from, made, grant_id;

-- ending
-- Those of some units or all that end after an instant, by their end.
  SELECT grant_id::text, pool, unit, class, valid_from, end_at, quantity, made, kind = 1 AS moved,
         ended
    FROM proj_holdings.holdings
   WHERE kind <= 2
     AND end_at > %(valid_at)s::timestamptz
     AND (valid_from <= %(valid_at)s::timestamptz) = %(begun)s::boolean
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(units)s::text[] IS NULL
          OR (unit_number = ANY(%(unit_numbers)s::bigint[]) AND unit = ANY(%(units)s::text[])))
ORDER BY end_at, valid_from, grant_id
   LIMIT %(limit)s::integer
  OFFSET %(after)s::integer;

-- effects
-- What is told of what events did, for some blocks of positions.
  SELECT told
    FROM proj_holdings.effects
   WHERE block = ANY(%(blocks)s::bigint[])
ORDER BY block;

-- first_start
-- When the first grant starts, as recorded by a position.
SELECT min(valid_from)
  FROM proj_holdings.holdings
 WHERE kind <= 2
   AND known_from <= %(known_at)s::bigint
   AND known_to > %(known_at)s::bigint;
