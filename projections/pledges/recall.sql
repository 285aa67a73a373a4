-- promises_standing
-- Every promise as believed.
  SELECT id, pledge::text, to_unit, position, made, by_person, recorded_at, valid_from, valid_to,
         pools, of_unit, share_bp, quantity
    FROM promises
   WHERE known_to = 9223372036854775807
ORDER BY id;

-- pledges_ever
-- Whose every pledge is, or was before it was corrected away.
  SELECT DISTINCT ON (pledge) pledge::text, to_unit, made, by_person, recorded_at
    FROM promises
ORDER BY pledge, known_from DESC, id DESC;
