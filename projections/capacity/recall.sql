-- changes_kept
-- Every fact about capacity, in the order of the log.
  SELECT pool, effective_at, position, kind, amount
    FROM changes
ORDER BY position;

-- rows_standing
-- What is believed of every pool, in order of time.
  SELECT id, pool, installed, lost, headroom, allocatable, valid_from, valid_to
    FROM levels
   WHERE known_to = 9223372036854775807
ORDER BY pool, valid_from, id;
