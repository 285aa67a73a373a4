-- promises
-- What was said of pledges, as recorded by a position, in the order in which they were given: of all,
-- of one, or of those to some units.
  SELECT pledge::text, to_unit, position, made, by_person, recorded_at, valid_from, valid_to, pools,
         of_unit, share_bp, quantity
    FROM proj_pledges.promises
   WHERE known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pledge)s::uuid IS NULL OR pledge = %(pledge)s::uuid)
     AND (%(units)s::text[] IS NULL OR to_unit = ANY(%(units)s::text[]))
ORDER BY made, position;
