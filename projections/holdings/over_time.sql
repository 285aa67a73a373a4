-- many_shifts
-- Whether more than so many changes lie between two instants, of all or of some units: of what was to
-- come as believed at the balance before the first, and of what was told up to that behind the second.
  SELECT count(*) > %(many)s::bigint
    FROM (
           SELECT
             FROM (
                    SELECT unnest(times) AS at
                      FROM proj_holdings.outlook
                     WHERE position = %(kept)s::bigint
                       AND (%(unit_numbers)s::bigint[] IS NULL
                            OR unit_number = ANY(%(unit_numbers)s::bigint[]))
                  ) AS turn
            WHERE at > %(start)s::timestamptz
              AND at < %(end)s::timestamptz
            UNION ALL
           SELECT
             FROM proj_holdings.shifts
            WHERE position > %(kept)s::bigint
              AND position <= %(told_by)s::bigint
              AND at > %(start)s::timestamptz
              AND at < %(end)s::timestamptz
              AND (%(unit_numbers)s::bigint[] IS NULL
                   OR unit_number = ANY(%(unit_numbers)s::bigint[]))
            LIMIT %(many)s::bigint + 1
         ) AS change;

-- shifts_between
-- What groups of units have more or less of each pool, from when on, between two instants, as
-- recorded by a position. With a stride changes count from the end of the step that they lie in, with
-- instants from the next of those; without groups everybody is one.
-- Summed up by numbers of groups, which takes a quarter of what their names take.
WITH grouped AS MATERIALIZED (
       SELECT account, pool, team, dense_rank() OVER (ORDER BY pool, team) AS number
         FROM proj_holdings.accounts
         LEFT JOIN unnest(%(units)s::text[], %(teams)s::text[]) AS asked (unit, team)
        USING (unit)
        WHERE (%(pool)s::text IS NULL OR pool = %(pool)s::text)
          AND (%(units)s::text[] IS NULL OR team IS NOT NULL)
), told AS (
       SELECT unnest(accounts[first:last]) AS account, unnest(times[first:last]) AS at,
              unnest(quantities[first:last]) AS quantity
         FROM (
                SELECT accounts, times, quantities,
                       1 + width_bucket(%(start)s::timestamptz, times) AS first,
                       width_bucket(%(end)s::timestamptz - interval '1 microsecond', times) AS last
                  FROM proj_holdings.outlook
                 WHERE position = %(kept)s::bigint
                   AND (%(unit_numbers)s::bigint[] IS NULL
                        OR unit_number = ANY(%(unit_numbers)s::bigint[]))
              ) AS outlook
        UNION ALL
       SELECT account, at, quantity
         FROM proj_holdings.shifts
        WHERE position > %(kept)s::bigint
          AND position <= %(told_by)s::bigint
          AND at > %(start)s::timestamptz
          AND at < %(end)s::timestamptz
          AND (%(unit_numbers)s::bigint[] IS NULL
               OR unit_number = ANY(%(unit_numbers)s::bigint[]))
        UNION ALL
       SELECT account, at, more
         FROM proj_holdings.hindsight
        CROSS JOIN LATERAL (VALUES (valid_from, quantity), (valid_to, -quantity)) AS turn (at, more)
        WHERE position > %(told_by)s::bigint
          AND position <= %(known_at)s::bigint
          AND at > %(start)s::timestamptz
          AND at < %(end)s::timestamptz
), summed AS MATERIALIZED (
       SELECT number, from_then, proj_holdings.total(quantity) AS more
         FROM (
                SELECT account, quantity,
                       CASE WHEN %(stride)s::interval IS NOT NULL
                            THEN date_bin(%(stride)s::interval, at - interval '1 microsecond',
                                          %(start)s::timestamptz) + %(stride)s::interval
                            WHEN %(steps)s::timestamptz[] IS NOT NULL
                            THEN (%(steps)s::timestamptz[])[
                                   1 + width_bucket(at, %(steps)s::timestamptz[])
                                 ]
                            ELSE at
                        END AS from_then
                  FROM told
              ) AS shift
         JOIN grouped
        USING (account)
     GROUP BY number, from_then
)
  SELECT pool, team, from_then, more
    FROM summed
    JOIN (SELECT DISTINCT number, pool, team FROM grouped) AS named
   USING (number)
   WHERE more <> 0;
