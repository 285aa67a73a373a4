-- requests_by_name
-- One request.
CREATE INDEX requests_by_name
          ON requests (request, known_to);

-- requests_waiting
-- What somebody still waits for.
CREATE INDEX requests_waiting
          ON requests (known_to)
       WHERE standing IN ('appealed', 'open', 'deferred', 'awarded');

-- requests_of_unit
-- What a unit asked for.
CREATE INDEX requests_of_unit
          ON requests (unit, known_to);

-- given_by_grant
-- Which request a grant names.
CREATE INDEX given_by_grant
          ON given (grant_id, known_to);
