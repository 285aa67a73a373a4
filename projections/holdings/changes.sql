-- are_most
-- Whether some units have most of the accounts there are.
  SELECT 2 * count(*) FILTER (WHERE unit = ANY(%(units)s::text[])) > count(*)
    FROM proj_holdings.accounts;

-- pools
-- Every pool of which anybody ever had anything.
  SELECT DISTINCT pool
    FROM proj_holdings.accounts
ORDER BY pool;

-- touched_by_time
-- The grants that have more or less from an instant of a period on, as recorded by a position: of all
-- or most units, by when it is. A loan of anybody's that ends may come back to one of them.
  SELECT grant_id::text
    FROM proj_holdings.holdings
   WHERE valid_from >= %(start)s::timestamptz
     AND valid_from < %(end)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pools)s::text[] IS NULL OR pool = ANY(%(pools)s::text[]))
     AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
   UNION
  SELECT grant_id::text
    FROM proj_holdings.holdings
   WHERE kind <= 2
     AND end_at >= %(start)s::timestamptz
     AND end_at < %(end)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pools)s::text[] IS NULL OR pool = ANY(%(pools)s::text[]))
     AND (%(units)s::text[] IS NULL OR kind = 2 OR unit = ANY(%(units)s::text[]))
ORDER BY 1;

-- touched_by_unit
-- The same of few units: from indexes alone, which know accounts and not the names of units.
  SELECT grant_id::text
    FROM (
         SELECT grant_id, account
           FROM proj_holdings.holdings
          WHERE known_to = 9223372036854775807
            AND unit_number = ANY(%(unit_numbers)s::bigint[])
            AND valid_from < %(end)s::timestamptz
            AND valid_to >= %(start)s::timestamptz
            AND (valid_from >= %(start)s::timestamptz OR valid_to < %(end)s::timestamptz)
            AND known_from <= %(known_at)s::bigint
          UNION
         SELECT grant_id, account
           FROM proj_holdings.holdings
          WHERE known_to < 9223372036854775807
            AND unit_number = ANY(%(unit_numbers)s::bigint[])
            AND known_to > %(known_at)s::bigint
            AND valid_from < %(end)s::timestamptz
            AND valid_to >= %(start)s::timestamptz
            AND (valid_from >= %(start)s::timestamptz OR valid_to < %(end)s::timestamptz)
            AND known_from <= %(known_at)s::bigint
         ) AS touched
    JOIN proj_holdings.accounts
   USING (account)
   WHERE unit = ANY(%(units)s::text[])
     AND (%(pools)s::text[] IS NULL OR pool = ANY(%(pools)s::text[]))
ORDER BY 1;

-- rows_of_grants
-- Every row of some grants, as recorded by a position.
  SELECT grant_id::text, kind, quantity, valid_from, valid_to, end_at, ended, made, known_from,
         pool, unit, class, to_unit, other_grant::text
    FROM proj_holdings.holdings
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY grant_id, kind > 2, valid_from, made, id;

-- positions_told
-- The positions whose events say something of some grants, corrections included.
  SELECT DISTINCT position
    FROM (
           SELECT unnest(ARRAY[made, id >> 16]) AS position
             FROM proj_holdings.holdings
            WHERE grant_id = ANY(%(grants)s::uuid[])
         ) AS told
   WHERE position <= %(known_at)s::bigint
ORDER BY position;

-- turns_of_grants
-- How much each event between two positions added to what is believed of some grants at an instant.
  SELECT grant_id::text, unit, position, sum(quantity)::bigint
    FROM (
           SELECT grant_id, unit, known_from AS position, quantity
             FROM proj_holdings.holdings
            WHERE grant_id = ANY(%(grants)s::uuid[])
              AND valid_from <= %(valid_at)s::timestamptz
              AND valid_to > %(valid_at)s::timestamptz
              AND known_from > %(known_from)s::bigint
              AND known_from <= %(known_to)s::bigint
            UNION ALL
           SELECT grant_id, unit, known_to, -quantity
             FROM proj_holdings.holdings
            WHERE grant_id = ANY(%(grants)s::uuid[])
              AND valid_from <= %(valid_at)s::timestamptz
              AND valid_to > %(valid_at)s::timestamptz
              AND known_to > %(known_from)s::bigint
              AND known_to <= %(known_to)s::bigint
         ) AS turn
GROUP BY grant_id, unit, position
  HAVING sum(quantity) <> 0
ORDER BY grant_id, unit, position;
