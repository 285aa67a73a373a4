-- kept_before
-- The sums to begin with: the last up to an instant, as believed by a position. None when there are
-- none, or when they lie far before an instant that was still to come for whoever believed so: then
-- there is more to add than to look up.
WITH by_time AS (
         SELECT position, at
           FROM proj_holdings.sums
          WHERE at <= (SELECT %(valid_at)s::timestamptz)
       ORDER BY at DESC, position DESC
          LIMIT 1
), by_position AS (
         SELECT position, at
           FROM proj_holdings.sums
          WHERE position <= (SELECT %(known_at)s::bigint)
       ORDER BY position DESC
          LIMIT 1
)
SELECT least(by_time.position, by_position.position), least(by_time.at, by_position.at)
  FROM by_time, by_position
 WHERE by_time.position < by_position.position
    OR by_position.at >= (SELECT %(valid_at)s::timestamptz - %(reach)s::interval);

-- sums_since
-- What every account has in hand at an instant, as recorded by a position: the sums that were kept,
-- what was told since about the time up to them, and what happened since. What is asked stands in
-- sub-selects for the reason that is given beside `held`.
  SELECT account, proj_holdings.total(quantity)
    FROM (
         SELECT unnest(accounts) AS account, unnest(quantities) AS quantity
           FROM proj_holdings.sums
          WHERE position = (SELECT %(kept)s::bigint)
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.hindsight
          WHERE fork = ANY((SELECT %(forks_before)s::bigint[])::bigint[])
            AND valid_to > (SELECT %(kept_at)s::timestamptz)
            AND (fork < (SELECT %(hour)s::bigint)
                 OR valid_from <= (SELECT %(kept_at)s::timestamptz))
            AND position > (SELECT %(kept)s::bigint)
            AND position <= (SELECT %(known_at)s::bigint)
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.hindsight
          WHERE fork = ANY((SELECT %(forks_after)s::bigint[])::bigint[])
            AND valid_from <= (SELECT %(kept_at)s::timestamptz)
            AND position > (SELECT %(kept)s::bigint)
            AND position <= (SELECT %(known_at)s::bigint)
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.shifts
          WHERE at > (SELECT %(kept_at)s::timestamptz)
            AND at <= (SELECT %(valid_at)s::timestamptz)
            AND position > 0
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
        WHERE unit = ANY(%(units)s::text[])
), kept AS MATERIALIZED (
       SELECT accounts || '{}' AS accounts, quantities || '{}' AS quantities
         FROM proj_holdings.sums
        WHERE position = (SELECT %(kept)s::bigint)
), told AS MATERIALIZED (
       SELECT account, quantity
         FROM proj_holdings.hindsight
        WHERE fork = ANY((SELECT %(forks_before)s::bigint[])::bigint[])
          AND valid_to > (SELECT %(kept_at)s::timestamptz)
          AND (fork < (SELECT %(hour)s::bigint)
               OR valid_from <= (SELECT %(kept_at)s::timestamptz))
          AND position > (SELECT %(kept)s::bigint)
          AND position <= (SELECT %(known_at)s::bigint)
        UNION ALL
       SELECT account, quantity
         FROM proj_holdings.hindsight
        WHERE fork = ANY((SELECT %(forks_after)s::bigint[])::bigint[])
          AND valid_from <= (SELECT %(kept_at)s::timestamptz)
          AND position > (SELECT %(kept)s::bigint)
          AND position <= (SELECT %(known_at)s::bigint)
)
  SELECT account, proj_holdings.total(quantity)
    FROM (
         SELECT account, quantities[width_bucket(account, accounts)] AS quantity
           FROM asked, kept
          WHERE accounts[width_bucket(account, accounts)] = account
          UNION ALL
         SELECT account, quantity
           FROM told
          WHERE account IN (SELECT account FROM asked)
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.shifts
          WHERE unit_number = ANY((SELECT %(unit_numbers)s::bigint[])::bigint[])
            AND at > (SELECT %(kept_at)s::timestamptz)
            AND at <= (SELECT %(valid_at)s::timestamptz)
            AND position <= (SELECT %(known_at)s::bigint)
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
