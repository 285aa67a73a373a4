-- pools
-- A pool as it was opened, and its end as believed.
CREATE TABLE pools (
  id          bigint      NOT NULL PRIMARY KEY,
  pool        text        NOT NULL,
  title       text        NOT NULL,
  unit_label  text        NOT NULL,
  granule     bigint      NOT NULL CHECK (granule > 0),
  opened_at   timestamptz NOT NULL,
  closed_at   timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- units
-- A unit's name and parent over [valid_from, valid_to) of its life [since, closed_at), as believed
-- from one position to another.
CREATE TABLE units (
  id          bigint      NOT NULL PRIMARY KEY,
  unit        text        NOT NULL,
  name        text        NOT NULL,
  kind        text        NOT NULL,
  parent      text,
  since       timestamptz NOT NULL,
  closed_at   timestamptz NOT NULL,
  merged_into text,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (valid_from < valid_to),
  CHECK (known_from < known_to)
);

-- delegations
-- A person's authority over a unit's subtree over [since, until); a revocation brings until forward.
CREATE TABLE delegations (
  id          bigint      NOT NULL PRIMARY KEY,
  delegation  uuid        NOT NULL,
  to_person   text        NOT NULL,
  role        text        NOT NULL,
  unit        text        NOT NULL,
  pools       text[],
  most        bigint,
  since       timestamptz NOT NULL,
  until       timestamptz NOT NULL,
  given_by    text        NOT NULL,
  revoked     boolean     NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- rules
-- The settings that decide, of a pool or (null) of all, over [valid_from, valid_to).
CREATE TABLE rules (
  id                 bigint      NOT NULL PRIMARY KEY,
  pool               text,
  second_person_from bigint,
  backdate_days      bigint,
  notice_days        bigint,
  valid_from         timestamptz NOT NULL,
  valid_to           timestamptz NOT NULL,
  known_from         bigint      NOT NULL,
  known_to           bigint      NOT NULL,
  CHECK (valid_from < valid_to),
  CHECK (known_from < known_to)
);

-- rates
-- What a unit of a pool counts as, in thousandths of an H100, over [valid_from, valid_to), as the event
-- at a position says, by itself or by its correction.
CREATE TABLE rates (
  id          bigint      NOT NULL PRIMARY KEY,
  pool        text        NOT NULL,
  h100_milli  bigint      NOT NULL CHECK (h100_milli > 0),
  position    bigint      NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (valid_from < valid_to),
  CHECK (known_from < known_to)
);

-- said
-- What the event at a position says of a pool, its rate or rules, or a unit, by itself or by its
-- correction, so that what follows can be folded with it after a restart: JSON by topic.
CREATE TABLE said (
  id           bigint      NOT NULL PRIMARY KEY,
  position     bigint      NOT NULL,
  topic        text        NOT NULL,
  effective_at timestamptz NOT NULL,
  said         text        NOT NULL,
  known_from   bigint      NOT NULL,
  known_to     bigint      NOT NULL,
  CHECK (known_from < known_to)
);
