-- proposals_standing
-- What waits, as believed.
  SELECT id, proposal::text, position, recorded_at, by_person, command, needs, expires_at, outcome,
         ended, ended_by
    FROM proposals
   WHERE outcome IS NULL
     AND known_to = 9223372036854775807
ORDER BY id;
