-- levels
-- What each pool has at an instant as recorded by a position; no numbers before its first fact.
   SELECT pools.pool, pools.unit_label, pools.granule,
          levels.installed, levels.lost, levels.headroom, levels.allocatable
     FROM proj_capacity.pools AS pools
LEFT JOIN proj_capacity.levels AS levels
       ON levels.pool = pools.pool
      AND levels.valid_from <= %(valid_at)s::timestamptz
      AND levels.valid_to > %(valid_at)s::timestamptz
      AND levels.known_from <= %(known_at)s::bigint
      AND levels.known_to > %(known_at)s::bigint
    WHERE pools.opened_at <= %(valid_at)s::timestamptz
      AND pools.known_from <= %(known_at)s::bigint
      AND pools.known_to > %(known_at)s::bigint
      AND (%(pool)s::text IS NULL OR pools.pool = %(pool)s::text)
 ORDER BY pools.pool;

-- level_steps
-- What pools have over a period, as recorded by a position, clipped to the period.
  SELECT pool,
         greatest(valid_from, %(start)s::timestamptz) AS start_at,
         least(valid_to, %(end)s::timestamptz) AS end_at,
         installed, lost, headroom, allocatable
    FROM proj_capacity.levels
   WHERE valid_from < %(end)s::timestamptz
     AND valid_to > %(start)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
ORDER BY pool, valid_from, id;

-- unshrunk
-- The pools of which, by all that was recorded by a position, there was never less than before.
-- Their first fact tells what is there; what counts them anew, takes away or is corrected, may tell
-- of less.
  SELECT pool
    FROM proj_capacity.changes
   WHERE known_from <= %(known_at)s::bigint
GROUP BY pool
  HAVING NOT bool_or(kind IN ('retired', 'lost'))
     AND NOT bool_or(known_from > position OR known_to <= %(known_at)s::bigint)
     AND coalesce(max(position) FILTER (WHERE kind = 'counted'), 0) <= min(position)
ORDER BY pool;

-- facts
-- What the events about pools say of capacity, as recorded by a position: those that take effect
-- before an instant.
  SELECT pool, effective_at, position, kind, amount
    FROM proj_capacity.changes
   WHERE effective_at < %(end)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
ORDER BY pool, effective_at, position;
