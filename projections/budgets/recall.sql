-- shares_standing
-- Every share as believed.
  SELECT id, pool, unit, floor, amount, cap, parent, valid_from, valid_to, position
    FROM shares
   WHERE known_to = 9223372036854775807
ORDER BY position, id;
