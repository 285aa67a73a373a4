-- changes_standing
-- Every fact about capacity as believed, in the order of the log.
  SELECT id, pool, effective_at, position, kind, amount
    FROM changes
   WHERE known_to = 9223372036854775807
ORDER BY position;

-- pools_standing
-- Every pool as believed.
  SELECT id, pool, unit_label, granule, opened_at
    FROM pools
   WHERE known_to = 9223372036854775807
ORDER BY id;

-- rows_standing
-- What is believed of every pool, in order of time.
  SELECT id, pool, installed, lost, headroom, allocatable, valid_from, valid_to
    FROM levels
   WHERE known_to = 9223372036854775807
ORDER BY pool, valid_from, id;
