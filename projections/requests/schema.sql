-- requests
-- A request as believed from one position to another: what is asked for, what was answered last, and
-- what was granted for it. `since` is the position of the last fact that asked for more, `decided`
-- and `appealed` those of the last answer and appeal, 0 before; `answered_by` gave that answer, or
-- confirmed it. `awarded` and `granted` are JSON,
-- {pool: quantity}. `standing` is its status whatever the time: by that it lapses at ends_at.
CREATE TABLE requests (
  id               bigint      NOT NULL PRIMARY KEY,
  request          uuid        NOT NULL,
  unit             text        NOT NULL,
  pools            text[]      NOT NULL,
  quantity         bigint      NOT NULL CHECK (quantity > 0),
  least            bigint      NOT NULL CHECK (least BETWEEN 1 AND quantity),
  starts_at        timestamptz NOT NULL,
  ends_at          timestamptz NOT NULL,
  asked_priority   text        NOT NULL,
  decided_priority text,
  justification    text        NOT NULL,
  askers           text[]      NOT NULL,
  asked_at         timestamptz NOT NULL,
  since            bigint      NOT NULL,
  outcome          text        CHECK (outcome IN ('approved', 'partly', 'denied', 'deferred')),
  awarded          text        NOT NULL,
  rest             text        NOT NULL CHECK (rest IN ('waits', 'closed')),
  until            timestamptz,
  decided          bigint      NOT NULL,
  answered_by      text[]      NOT NULL,
  appealed         bigint      NOT NULL,
  withdrawn        boolean     NOT NULL,
  granted          text        NOT NULL,
  standing         text        NOT NULL,
  known_from       bigint      NOT NULL,
  known_to         bigint      NOT NULL,
  CHECK ((outcome IS NULL) = (decided = 0)),
  CHECK (known_from < known_to)
);

-- given
-- A grant that names a request, and its first quantity as believed; one corrected away has 0.
CREATE TABLE given (
  id          bigint      NOT NULL PRIMARY KEY,
  grant_id    uuid        NOT NULL,
  request     uuid        NOT NULL,
  pool        text        NOT NULL,
  quantity    bigint      NOT NULL CHECK (quantity >= 0),
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);
