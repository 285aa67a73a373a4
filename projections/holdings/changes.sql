-- rows_of_all
-- Every row of each grant that has more or less from an instant of a period on, and of those that
-- it lends to or is lent by, as recorded by a position.
WITH believed AS NOT MATERIALIZED (
     SELECT id, grant_id, kind, quantity, valid_from, valid_to, end_at, ended, made, known_from,
            pool, unit, class, to_unit, other_grant
       FROM proj_holdings.holdings
      WHERE known_from <= %(known_at)s::bigint
        AND known_to > %(known_at)s::bigint
        AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
), touched AS (
     SELECT grant_id
       FROM believed
      WHERE valid_from >= %(start)s::timestamptz
        AND valid_from < %(end)s::timestamptz
      UNION
     SELECT grant_id
       FROM believed
      WHERE kind <= 2
        AND end_at >= %(start)s::timestamptz
        AND end_at < %(end)s::timestamptz
), concerned AS (
     SELECT grant_id FROM touched
      UNION
     SELECT believed.other_grant
       FROM touched
       JOIN believed
      USING (grant_id)
      WHERE believed.other_grant IS NOT NULL
)
  SELECT believed.grant_id::text, kind, quantity, valid_from, valid_to, end_at, ended, made,
         known_from, pool, unit, class, to_unit, other_grant::text
    FROM concerned
    JOIN believed
   USING (grant_id)
ORDER BY believed.grant_id, kind > 2, valid_from, made, id;

-- rows_of_units
-- The same of the grants of some units.
WITH believed AS NOT MATERIALIZED (
     SELECT id, grant_id, kind, quantity, valid_from, valid_to, end_at, ended, made, known_from,
            pool, unit, class, to_unit, other_grant
       FROM proj_holdings.holdings
      WHERE known_to = 9223372036854775807
        AND known_from <= %(known_at)s::bigint
      UNION ALL
     SELECT id, grant_id, kind, quantity, valid_from, valid_to, end_at, ended, made, known_from,
            pool, unit, class, to_unit, other_grant
       FROM proj_holdings.holdings
      WHERE known_to < 9223372036854775807
        AND known_to > %(known_at)s::bigint
        AND known_from <= %(known_at)s::bigint
), touched AS (
     SELECT DISTINCT grant_id
       FROM believed
      WHERE unit = ANY(%(units)s::text[])
        AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
        AND valid_from < %(end)s::timestamptz
        AND valid_to >= %(start)s::timestamptz
        AND (valid_from >= %(start)s::timestamptz OR valid_to < %(end)s::timestamptz)
), concerned AS (
     SELECT grant_id FROM touched
      UNION
     SELECT believed.other_grant
       FROM touched
       JOIN believed
      USING (grant_id)
      WHERE believed.other_grant IS NOT NULL
)
  SELECT believed.grant_id::text, kind, quantity, valid_from, valid_to, end_at, ended, made,
         known_from, pool, unit, class, to_unit, other_grant::text
    FROM concerned
    JOIN believed
   USING (grant_id)
ORDER BY believed.grant_id, kind > 2, valid_from, made, id;

-- rows_of_grants
-- Every row of some grants, and of those that they lend to or are lent by, as recorded by a
-- position.
WITH believed AS NOT MATERIALIZED (
     SELECT id, grant_id, kind, quantity, valid_from, valid_to, end_at, ended, made,
            known_from, pool, unit, class, to_unit, other_grant
       FROM proj_holdings.holdings
      WHERE known_from <= %(known_at)s::bigint
        AND known_to > %(known_at)s::bigint
), concerned AS (
     SELECT unnest(%(grants)s::uuid[]) AS grant_id
      UNION
     SELECT other_grant
       FROM believed
      WHERE grant_id = ANY(%(grants)s::uuid[])
        AND other_grant IS NOT NULL
)
  SELECT believed.grant_id::text, kind, quantity, valid_from, valid_to, end_at, ended, made,
         known_from, pool, unit, class, to_unit, other_grant::text
    FROM concerned
    JOIN believed
   USING (grant_id)
ORDER BY believed.grant_id, kind > 2, valid_from, made, id;

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
