-- started_later
-- What the pools give out from an instant to the first of some, from there to the second, and so on.
  SELECT pool, width_bucket(valid_from, %(later)s::timestamptz[]) AS place,
         proj_holdings.total(quantity)
    FROM proj_holdings.holdings
   WHERE kind = 0
     AND valid_from > %(since)s::timestamptz
     AND valid_from < %(last)s::timestamptz
     AND valid_from < end_at
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
GROUP BY pool, place;
