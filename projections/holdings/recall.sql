-- grants_standing
-- Grants as believed, by id.
  SELECT grant_id::text, pool, unit, class, start_at, end_at, first, moved, ended, made, id
    FROM grants
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY id;

-- draws_standing
-- What leaves those grants, in the order in which it leaves.
  SELECT grant_id::text, at, quantity, position, to_unit, id
    FROM draws
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY at, position, id;

-- rows_standing
-- What those grants have in hand, in order of time.
  SELECT id, pool, unit, grant_id::text, class, quantity, valid_from, valid_to
    FROM holdings
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY valid_from, id;

-- levels_standing
-- What units have in hand over time.
  SELECT pool, unit, valid_from, valid_to, quantity
    FROM holdings
   WHERE unit = ANY(%(units)s::text[])
     AND known_to = 9223372036854775807
ORDER BY valid_from, id;
