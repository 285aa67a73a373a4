-- levels
-- What a pool has over [valid_from, valid_to), as believed from one position to another.
CREATE TABLE levels (
  id          bigint      NOT NULL PRIMARY KEY,
  pool        text        NOT NULL,
  installed   bigint      NOT NULL,
  lost        bigint      NOT NULL,
  headroom    bigint      NOT NULL,
  allocatable bigint      NOT NULL CHECK (allocatable >= 0),
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (valid_from < valid_to),
  CHECK (known_from < known_to)
);

-- pools
-- What a pool counts, in which multiples, and when it opened and closed.
CREATE TABLE pools (
  id          bigint      NOT NULL PRIMARY KEY,
  pool        text        NOT NULL,
  unit_label  text        NOT NULL,
  granule     bigint      NOT NULL CHECK (granule > 0),
  opened_at   timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- changes
-- The facts themselves, so that what follows can be folded with them after a restart: what the event
-- at `position` says of capacity, by itself or by its correction.
CREATE TABLE changes (
  id           bigint      NOT NULL PRIMARY KEY,
  position     bigint      NOT NULL,
  pool         text        NOT NULL,
  kind         text        NOT NULL,
  amount       bigint      NOT NULL,
  effective_at timestamptz NOT NULL,
  known_from   bigint      NOT NULL,
  known_to     bigint      NOT NULL,
  CHECK (known_from < known_to)
);
