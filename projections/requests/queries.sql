-- requests
-- Requests as recorded by a position: of a pool, of some units, of one id, or only what somebody
-- still waits for, whether it has lapsed by then or not.
  SELECT request::text, unit, pools, quantity, least, starts_at, ends_at, asked_priority,
         decided_priority, justification, askers, asked_at, since, outcome, awarded, rest, until,
         decided, answered_by, appealed, withdrawn, granted
    FROM proj_requests.requests
   WHERE known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR %(pool)s::text = ANY(pools))
     AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
     AND (%(request)s::uuid IS NULL OR request = %(request)s::uuid)
     AND (NOT %(waiting)s::boolean OR standing IN ('appealed', 'open', 'deferred', 'awarded'))
ORDER BY request;
