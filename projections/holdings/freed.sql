-- gone
-- The grants of a pool that ended or gave something back last in a period, as recorded by a
-- position: some of either. Those of which nothing was left ended with nothing.
  (SELECT grant_id::text
     FROM proj_holdings.holdings
    WHERE kind = 3
      AND pool = %(pool)s::text
      AND valid_from > %(start)s::timestamptz
      AND valid_from <= %(end)s::timestamptz
      AND known_from <= %(known_at)s::bigint
      AND known_to > %(known_at)s::bigint
 ORDER BY valid_from DESC
    LIMIT %(most)s::integer)
    UNION
  (SELECT grant_id::text
     FROM proj_holdings.holdings
    WHERE kind <= 2
      AND pool = %(pool)s::text
      AND end_at > %(start)s::timestamptz
      AND end_at <= %(end)s::timestamptz
      AND valid_to = end_at
      AND known_from <= %(known_at)s::bigint
      AND known_to > %(known_at)s::bigint
 ORDER BY end_at DESC
    LIMIT %(most)s::integer);
