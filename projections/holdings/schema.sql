-- fork
-- The point of the tree of periods that one belongs to; what forks.py says, for rows that end.
CREATE FUNCTION fork(first bigint, last bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN first = last THEN first
       ELSE last >> (length(ltrim(((first # last)::bit(64))::text, '0')) - 1)
                 << (length(ltrim(((first # last)::bit(64))::text, '0')) - 1)
       END;

-- holdings
-- What a grant has in hand over [valid_from, valid_to), as believed from one position to another.
-- Its fork is that of its valid time while it is believed, and then that of its known time.
CREATE TABLE holdings (
  id          bigint      NOT NULL PRIMARY KEY,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  grant_id    uuid        NOT NULL,
  class       text        NOT NULL,
  quantity    bigint      NOT NULL CHECK (quantity > 0),
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  fork        bigint      NOT NULL,
  CHECK (valid_from < valid_to),
  CHECK (known_from < known_to)
);

-- grants
-- A grant as it was made, and its end as believed; moved = made by a reallocation.
CREATE TABLE grants (
  id          bigint      NOT NULL PRIMARY KEY,
  grant_id    uuid        NOT NULL,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  class       text        NOT NULL,
  start_at    timestamptz NOT NULL,
  end_at      timestamptz NOT NULL,
  first       bigint      NOT NULL CHECK (first > 0),
  moved       boolean     NOT NULL,
  ended       boolean     NOT NULL,
  made        bigint      NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- draws
-- What a leg takes from a grant from an instant on, less what later legs advanced of it.
CREATE TABLE draws (
  id          bigint      NOT NULL PRIMARY KEY,
  grant_id    uuid        NOT NULL,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  at          timestamptz NOT NULL,
  quantity    bigint      NOT NULL CHECK (quantity >= 0),
  position    bigint      NOT NULL,
  to_unit     text,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- effects
-- What a unit has in hand of a pool at the instant an event takes effect, before and after it.
CREATE TABLE effects (
  position    bigint      NOT NULL,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  at          timestamptz NOT NULL,
  before      bigint      NOT NULL CHECK (before >= 0),
  after       bigint      NOT NULL CHECK (after >= 0),
  PRIMARY KEY (position, pool, unit, at)
);
