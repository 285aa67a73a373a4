-- requests_standing
-- Some requests, as believed.
  SELECT id, request::text, unit, pools, quantity, least, starts_at, ends_at, asked_priority,
         decided_priority, justification, askers, asked_at, since, outcome, awarded, rest, until,
         decided, answered_by, appealed, withdrawn, granted
    FROM requests
   WHERE request = ANY(%(requests)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY id;

-- given_standing
-- The requests that some grants name, and what they give, as believed.
  SELECT id, grant_id::text, request::text, pool, quantity
    FROM given
   WHERE grant_id = ANY(%(grants)s::uuid[])
     AND known_to = 9223372036854775807
ORDER BY id;
