-- grants_standing
-- Grants as believed, and what leaves them, in the order in which it leaves. They are found by their
-- ids: no index of what is believed has "no less than" for its condition.
  SELECT grant_id::text, id, kind, quantity, valid_from, valid_to, end_at, ended, made, pool, unit,
         class, to_unit, other_grant::text
    FROM holdings
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to >= 9223372036854775807
ORDER BY grant_id, kind > 2, valid_from, made, id;

-- loans_standing
-- The loans made out of grants, as believed: what names another grant and stands on none of their
-- lenders (5, 6). Said like this, it is looked for among these grants alone.
  SELECT grant_id::text, other_grant::text
    FROM holdings
   WHERE other_grant = ANY(%(grants)s::uuid[])
     AND kind NOT IN (5, 6)
     AND known_to >= 9223372036854775807
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
-- At which instants what units have in hand changes, and by how much: eight bytes for each, in order
-- of the instants, which count microseconds from the year 2000. Places are numbered from 1.
WITH asked AS MATERIALIZED (
       SELECT account, place
         FROM accounts
         JOIN unnest(%(pools)s::text[], %(units)s::text[])
              WITH ORDINALITY AS asked (pool, unit, place)
        USING (pool, unit)
), changes AS (
       SELECT place, at, sum(change)::bigint AS quantity
         FROM asked
         JOIN holdings
        USING (account)
        CROSS JOIN LATERAL (VALUES (valid_from, quantity), (valid_to, -quantity)) AS turn (at, change)
        WHERE unit_number = ANY(%(unit_numbers)s::bigint[])
          AND known_to = 9223372036854775807
          AND valid_from < valid_to
     GROUP BY place, at
       HAVING sum(change) <> 0
)
  SELECT place, string_agg(timestamptz_send(at), ''::bytea ORDER BY at),
         string_agg(int8send(quantity), ''::bytea ORDER BY at)
    FROM changes
GROUP BY place;

-- block_begun
-- What is told of a block that is not full yet.
SELECT told
  FROM effects
 WHERE block = %(block)s::bigint;

-- sums_standing
-- The balance that was kept last: its sums, and how many turns were to come.
  SELECT position, at, accounts, quantities,
         (
           SELECT coalesce(sum(cardinality(times)), 0)::bigint
             FROM outlook
            WHERE outlook.position = sums.position
         ) AS turns
    FROM sums
ORDER BY position DESC
   LIMIT 1;

-- turns_standing
-- What its sums do not have in them: what was to come then, and what was told since; everything where
-- no balance was kept. Eight bytes for each; instants count microseconds from the year 2000.
WITH turns AS MATERIALIZED (
       SELECT unnest(times) AS at, unnest(accounts) AS account, unnest(quantities) AS quantity,
              unit_number
         FROM outlook
        WHERE position = %(position)s::bigint
        UNION ALL
       SELECT at, account, quantity, unit_number
         FROM shifts
        WHERE position > 0
          AND position > %(position)s::bigint
)
SELECT coalesce(string_agg(timestamptz_send(at), ''::bytea), ''::bytea),
       coalesce(string_agg(int8send(account), ''::bytea), ''::bytea),
       coalesce(string_agg(int8send(quantity), ''::bytea), ''::bytea),
       coalesce(string_agg(int8send(unit_number), ''::bytea), ''::bytea)
  FROM turns;
