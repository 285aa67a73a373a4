-- kept_before
-- The sums to begin with: the last up to an instant, as believed by a position. None when there are
-- none, or when they lie far before an instant that was still to come for whoever believed so: then
-- there is more to add than to look up.
WITH by_time AS (
         SELECT position, at
           FROM proj_holdings.sums
          WHERE at <= %(valid_at)s::timestamptz
       ORDER BY at DESC, position DESC
          LIMIT 1
), by_position AS (
         SELECT position, at
           FROM proj_holdings.sums
          WHERE position <= %(known_at)s::bigint
       ORDER BY position DESC
          LIMIT 1
)
SELECT least(by_time.position, by_position.position), least(by_time.at, by_position.at)
  FROM by_time, by_position
 WHERE by_time.position < by_position.position
    OR by_position.at >= %(valid_at)s::timestamptz - %(reach)s::interval;

-- sums_since
-- What every account has in hand at an instant, as recorded by a position: the sums that were kept,
-- what was told since about the time up to them, and what happened since.
  SELECT account, proj_holdings.total(quantity)
    FROM (
         SELECT unnest(accounts) AS account, unnest(quantities) AS quantity
           FROM proj_holdings.sums
          WHERE position = %(kept)s::bigint
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.hindsight
          WHERE fork = ANY(%(forks_before)s::bigint[])
            AND valid_to > %(kept_at)s::timestamptz
            AND (fork < %(hour)s::bigint OR valid_from <= %(kept_at)s::timestamptz)
            AND position > %(kept)s::bigint
            AND position <= %(known_at)s::bigint
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.hindsight
          WHERE fork = ANY(%(forks_after)s::bigint[])
            AND valid_from <= %(kept_at)s::timestamptz
            AND position > %(kept)s::bigint
            AND position <= %(known_at)s::bigint
          UNION ALL
         SELECT account, quantity
           FROM proj_holdings.shifts
          WHERE at > %(kept_at)s::timestamptz
            AND at <= %(valid_at)s::timestamptz
            AND position <= %(known_at)s::bigint
         ) AS part
GROUP BY account
  HAVING proj_holdings.total(quantity) > 0;

-- accounts
-- What the numbers of accounts stand for.
SELECT account, pool, unit, class
  FROM proj_holdings.accounts;
