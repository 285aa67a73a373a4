-- proposals
-- A command that waits for a second person, as believed from one position to another. `ended` is the
-- position by which it was carried out, rejected or withdrawn, `outcome` which of these: without,
-- it waits until it lapses. The command is canonical JSON.
CREATE TABLE proposals (
  id           bigint      NOT NULL PRIMARY KEY,
  proposal     uuid        NOT NULL,
  position     bigint      NOT NULL,
  recorded_at  timestamptz NOT NULL,
  by_person    text        NOT NULL,
  command      text        NOT NULL,
  needs        text[]      NOT NULL,
  expires_at   timestamptz NOT NULL,
  outcome      text        CHECK (outcome IN ('confirmed', 'rejected', 'withdrawn')),
  ended        bigint,
  ended_by     text,
  known_from   bigint      NOT NULL,
  known_to     bigint      NOT NULL,
  CHECK ((outcome IS NULL) = (ended IS NULL)),
  CHECK ((outcome IS NULL) = (ended_by IS NULL)),
  CHECK (known_from < known_to)
);
