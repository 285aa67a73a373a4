-- many_shifts
-- Whether more than so many changes lie between two instants, of all.
  SELECT count(*) > %(many)s::bigint
    FROM (
           SELECT
             FROM proj_holdings.shifts
            WHERE at > %(start)s::timestamptz
              AND at < %(end)s::timestamptz
              AND position > 0
            LIMIT %(many)s::bigint + 1
         ) AS change;

-- many_shifts_of_units
-- The same of some units.
  SELECT count(*) > %(many)s::bigint
    FROM (
           SELECT
             FROM proj_holdings.shifts
            WHERE unit_number = ANY(%(unit_numbers)s::bigint[])
              AND at > %(start)s::timestamptz
              AND at < %(end)s::timestamptz
            LIMIT %(many)s::bigint + 1
         ) AS change;

-- shifts_between
-- What groups of units have more or less of each pool, from when on, between two instants, as
-- recorded by a position. With a stride changes count from the end of the step that they lie in.
-- Summed up by numbers of groups, which takes a quarter of what their names take.
WITH grouped AS MATERIALIZED (
       SELECT account, pool, team, dense_rank() OVER (ORDER BY pool, team) AS number
         FROM proj_holdings.accounts
         JOIN unnest(%(units)s::text[], %(teams)s::text[]) AS asked (unit, team)
        USING (unit)
        WHERE %(pool)s::text IS NULL OR pool = %(pool)s::text
), summed AS MATERIALIZED (
       SELECT number, from_then, proj_holdings.total(quantity) AS more
         FROM (
                SELECT account, quantity,
                       CASE WHEN %(stride)s::interval IS NULL
                            THEN at
                            ELSE date_bin(%(stride)s::interval, at - interval '1 microsecond',
                                          %(start)s::timestamptz) + %(stride)s::interval
                        END AS from_then
                  FROM proj_holdings.shifts
                 WHERE at > %(start)s::timestamptz
                   AND at < %(end)s::timestamptz
                   AND position > 0
                   AND position <= %(known_at)s::bigint
                   AND (%(unit_numbers)s::bigint[] IS NULL
                        OR unit_number = ANY(%(unit_numbers)s::bigint[]))
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
