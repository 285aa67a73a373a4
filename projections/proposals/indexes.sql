-- proposals_waiting
-- What nobody has confirmed or closed yet.
CREATE INDEX proposals_waiting
          ON proposals (position)
       WHERE outcome IS NULL;

-- proposals_by_position
-- All proposals in the order made.
CREATE INDEX proposals_by_position
          ON proposals (position, known_to);

-- proposals_by_name
-- One proposal.
CREATE INDEX proposals_by_name
          ON proposals (proposal);
