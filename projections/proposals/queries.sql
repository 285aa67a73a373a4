-- proposals
-- Proposals as recorded by a position, in the order made: all, or those of one status at an instant.
  SELECT proposal::text, position, recorded_at, by_person, command, needs, expires_at, status,
         ended, ended_by
    FROM (
            SELECT proposal, position, recorded_at, by_person, command, needs, expires_at, ended,
                   ended_by,
                   CASE
                     WHEN outcome IS NOT NULL THEN outcome
                     WHEN expires_at <= %(valid_at)s::timestamptz THEN 'lapsed'
                     ELSE 'waiting'
                   END AS status
              FROM proj_proposals.proposals
             WHERE known_from <= %(known_at)s::bigint
               AND known_to > %(known_at)s::bigint
               AND position > %(after)s::bigint
               AND (%(proposal)s::uuid IS NULL OR proposal = %(proposal)s::uuid)
         ) AS told
   WHERE %(status)s::text IS NULL
      OR status = %(status)s::text
ORDER BY position
   LIMIT %(limit)s::bigint;

-- lapsing
-- Proposals that nobody has confirmed or closed, as recorded by a position, and that lapse in a
-- period.
  SELECT proposal::text, position, by_person, command, expires_at
    FROM proj_proposals.proposals
   WHERE outcome IS NULL
     AND expires_at >= %(start)s::timestamptz
     AND expires_at < %(end)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY expires_at, position;
