-- held_later
-- By how much more each account has at some instants than before the first of them, as recorded by a
-- position: what happens before the first, from the first to the second, and so on.
  SELECT account, width_bucket(at, %(later)s::timestamptz[]) AS place,
         proj_holdings.total(quantity)
    FROM proj_holdings.shifts
   WHERE at > %(since)s::timestamptz
     AND at < %(last)s::timestamptz
     AND position > 0
     AND position <= %(known_at)s::bigint
GROUP BY account, place;

-- started_later
-- What the pools give out in the same stretches of time.
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
