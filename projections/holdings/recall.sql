-- grants_standing
-- Grants as believed, and what leaves them, in the order in which it leaves.
  SELECT grant_id::text, id, kind, quantity, valid_from, valid_to, end_at, ended, made, pool, unit,
         class, to_unit, other_grant::text
    FROM holdings
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY grant_id, kind > 2, valid_from, made, id;

-- loans_standing
-- The loans made out of grants, as believed.
  SELECT grant_id::text, other_grant::text
    FROM holdings
   WHERE other_grant = ANY(%(grants)s::uuid[])
     AND kind = 2
     AND known_to = 9223372036854775807
ORDER BY grant_id;

-- positions_told
-- Every position whose event changed what is believed of grants, with those of the facts.
  SELECT grant_id::text, array_agg(DISTINCT position ORDER BY position) AS positions
    FROM (
           SELECT grant_id, unnest(ARRAY[made, id >> 16]) AS position
             FROM holdings
            WHERE grant_id = ANY(%(grants)s::uuid[])
         ) AS told
GROUP BY grant_id;

-- levels_standing
-- What units have in hand over time.
  SELECT pool, unit, valid_from, valid_to, sum(quantity)::bigint
    FROM holdings
   WHERE unit = ANY(%(units)s::text[])
     AND known_to = 9223372036854775807
     AND valid_from < valid_to
GROUP BY pool, unit, valid_from, valid_to
ORDER BY pool, unit, valid_from, valid_to;

-- block_begun
-- What is told of a block that is not full yet.
SELECT told
  FROM effects
 WHERE block = %(block)s::bigint;
