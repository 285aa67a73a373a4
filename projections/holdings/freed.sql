-- gone
-- The grants of a pool that ended or gave something back last in a period, as recorded by a
-- position: some of either, of those of one instant the last by name. Those that ended with nothing
-- in them did not give it back, nor did loans whose lender goes on: what they have goes back there.
  (SELECT grant_id::text
     FROM proj_holdings.holdings AS given
    WHERE kind = 3
      AND pool = %(pool)s::text
      AND valid_from > %(start)s::timestamptz
      AND valid_from <= %(end)s::timestamptz
      AND valid_from < valid_to
      AND known_from <= %(known_at)s::bigint
      AND known_to > %(known_at)s::bigint
      AND NOT EXISTS (
            SELECT
              FROM proj_holdings.holdings AS loan
              JOIN proj_holdings.holdings AS lender
                ON lender.grant_id = loan.other_grant
             WHERE loan.grant_id = given.grant_id
               AND loan.kind = 2
               AND loan.known_from <= %(known_at)s::bigint
               AND loan.known_to > %(known_at)s::bigint
               AND lender.kind <= 2
               AND lender.valid_from <= given.valid_from
               AND lender.end_at > given.valid_from
               AND lender.known_from <= %(known_at)s::bigint
               AND lender.known_to > %(known_at)s::bigint
          )
 ORDER BY valid_from DESC, unit COLLATE "C" DESC, grant_id DESC, id DESC
    LIMIT %(most)s::integer)
    UNION
  (SELECT grant_id::text
     FROM proj_holdings.holdings AS ended
    WHERE kind <= 2
      AND pool = %(pool)s::text
      AND end_at > %(start)s::timestamptz
      AND end_at <= %(end)s::timestamptz
      AND known_from <= %(known_at)s::bigint
      AND known_to > %(known_at)s::bigint
      AND (
            SELECT sum(quantity)
              FROM proj_holdings.holdings AS part
             WHERE part.grant_id = ended.grant_id
               AND (part.kind < 5 OR part.valid_to >= ended.end_at)
               AND part.valid_from < ended.end_at
               AND part.known_from <= %(known_at)s::bigint
               AND part.known_to > %(known_at)s::bigint
          ) > 0
      AND NOT EXISTS (
            SELECT
              FROM proj_holdings.holdings AS lender
             WHERE ended.kind = 2
               AND lender.grant_id = ended.other_grant
               AND lender.kind <= 2
               AND lender.valid_from <= ended.end_at
               AND lender.end_at > ended.end_at
               AND lender.known_from <= %(known_at)s::bigint
               AND lender.known_to > %(known_at)s::bigint
          )
 ORDER BY end_at DESC, unit COLLATE "C" DESC, grant_id DESC, id DESC
    LIMIT %(most)s::integer);
