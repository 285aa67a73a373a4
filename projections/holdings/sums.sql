-- balance_before
-- The balance to begin with: the last up to an instant, as believed by a position; 0 before the first.
-- And the position by which all is told that is not told late about the time up to a second instant:
-- that of the first balance from there on, or what is known.
WITH by_time AS (
         SELECT position
           FROM proj_holdings.sums
          WHERE at <= (SELECT %(since)s::timestamptz)
       ORDER BY at DESC, position DESC
          LIMIT 1
), by_position AS (
         SELECT position
           FROM proj_holdings.sums
          WHERE position <= (SELECT %(known_at)s::bigint)
       ORDER BY position DESC
          LIMIT 1
), from_then AS (
         SELECT position
           FROM proj_holdings.sums
          WHERE at >= (SELECT %(until)s::timestamptz)
       ORDER BY at, position
          LIMIT 1
), kept AS (
       SELECT coalesce(
                (SELECT least(by_time.position, by_position.position) FROM by_time, by_position), 0
              ) AS position
)
SELECT position,
       least(
         greatest(position, coalesce((SELECT position FROM from_then), %(known_at)s::bigint)),
         %(known_at)s::bigint
       )
  FROM kept;

-- sums_since
-- What every account has in hand at an instant, as recorded by a position: the balance that was kept,
-- what was told since, and what was told later of the time that had gone by. What is asked stands in
-- sub-selects, so that the planner weighs a plan for any question like one for this question, and
-- plans once a connection.
  SELECT account, proj_holdings.total(quantity)
    FROM (
         SELECT unnest(accounts) AS account, unnest(quantities) AS quantity
           FROM proj_holdings.sums
          WHERE position = (SELECT %(kept)s::bigint)
          UNION ALL
         SELECT unnest(accounts[:passed]), unnest(quantities[:passed])
           FROM (
                  SELECT accounts, quantities,
                         width_bucket((SELECT %(valid_at)s::timestamptz), times) AS passed
                    FROM proj_holdings.outlook
                   WHERE position = (SELECT %(kept)s::bigint)
                ) AS outlook
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.shifts
          WHERE position > 0
            AND position > (SELECT %(kept)s::bigint)
            AND position <= (SELECT %(told_by)s::bigint)
            AND at <= (SELECT %(valid_at)s::timestamptz)
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.hindsight
          WHERE fork = ANY((SELECT %(forks_before)s::bigint[])::bigint[])
            AND valid_to > (SELECT %(valid_at)s::timestamptz)
            AND (fork < (SELECT %(hour)s::bigint)
                 OR valid_from <= (SELECT %(valid_at)s::timestamptz))
            AND position > (SELECT %(told_by)s::bigint)
            AND position <= (SELECT %(known_at)s::bigint)
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.hindsight
          WHERE fork = ANY((SELECT %(forks_after)s::bigint[])::bigint[])
            AND valid_from <= (SELECT %(valid_at)s::timestamptz)
            AND position > (SELECT %(told_by)s::bigint)
            AND position <= (SELECT %(known_at)s::bigint)
         ) AS part
GROUP BY account
  HAVING proj_holdings.total(quantity) > 0;

-- sums_since_of_units
-- The same of some units. Sums are in the order of their accounts, so that theirs are found by
-- halving; the empty array has them unpacked once.
WITH asked AS MATERIALIZED (
       SELECT account
         FROM proj_holdings.accounts
        WHERE unit = ANY((SELECT %(units)s::text[])::text[])
), kept AS MATERIALIZED (
       SELECT accounts || '{}' AS accounts, quantities || '{}' AS quantities
         FROM proj_holdings.sums
        WHERE position = (SELECT %(kept)s::bigint)
), told AS MATERIALIZED (
       SELECT account, quantity
         FROM proj_holdings.hindsight
        WHERE fork = ANY((SELECT %(forks_before)s::bigint[])::bigint[])
          AND valid_to > (SELECT %(valid_at)s::timestamptz)
          AND (fork < (SELECT %(hour)s::bigint)
               OR valid_from <= (SELECT %(valid_at)s::timestamptz))
          AND position > (SELECT %(told_by)s::bigint)
          AND position <= (SELECT %(known_at)s::bigint)
        UNION ALL
       SELECT account, quantity
         FROM proj_holdings.hindsight
        WHERE fork = ANY((SELECT %(forks_after)s::bigint[])::bigint[])
          AND valid_from <= (SELECT %(valid_at)s::timestamptz)
          AND position > (SELECT %(told_by)s::bigint)
          AND position <= (SELECT %(known_at)s::bigint)
)
  SELECT account, proj_holdings.total(quantity)
    FROM (
         SELECT account, quantities[width_bucket(account, accounts)] AS quantity
           FROM asked, kept
          WHERE accounts[width_bucket(account, accounts)] = account
          UNION ALL
         SELECT unnest(accounts[:passed]), unnest(quantities[:passed])
           FROM (
                  SELECT accounts, quantities,
                         width_bucket((SELECT %(valid_at)s::timestamptz), times) AS passed
                    FROM proj_holdings.outlook
                   WHERE position = (SELECT %(kept)s::bigint)
                     AND unit_number = ANY((SELECT %(unit_numbers)s::bigint[])::bigint[])
                ) AS outlook
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.shifts
          WHERE unit_number = ANY((SELECT %(unit_numbers)s::bigint[])::bigint[])
            AND position > (SELECT %(kept)s::bigint)
            AND position <= (SELECT %(told_by)s::bigint)
            AND at <= (SELECT %(valid_at)s::timestamptz)
          UNION ALL
         SELECT account, quantity
           FROM told
          WHERE account IN (SELECT account FROM asked)
         ) AS part
GROUP BY account
  HAVING proj_holdings.total(quantity) > 0;

-- accounts
-- What the numbers of accounts stand for.
SELECT account, pool, unit, class
  FROM proj_holdings.accounts;

-- holders
-- Which units were ever given anything of which pools.
SELECT DISTINCT pool, unit
  FROM proj_holdings.accounts
 WHERE (%(pool)s::text IS NULL OR pool = %(pool)s::text)
   AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]));
