-- fork
-- The point of the tree of periods that one belongs to; what forks.py says, for rows that end.
CREATE FUNCTION fork(first bigint, last bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN first = last THEN first
       ELSE last >> (length(ltrim(((first # last)::bit(64))::text, '0')) - 1)
                 << (length(ltrim(((first # last)::bit(64))::text, '0')) - 1)
       END;

-- total
-- A sum of bigint that is one, where PostgreSQL's is numeric: it is worked out in half of the time,
-- and what is too large for it is refused all the same.
CREATE AGGREGATE total(bigint) (
  SFUNC        = int8pl,
  STYPE        = bigint,
  COMBINEFUNC  = int8pl,
  PARALLEL     = SAFE
);

-- accounts
-- The number of what a unit has of a pool in grants of one class, by which sums over everybody are
-- made: it follows from the three, so that every rebuild numbers alike.
CREATE TABLE accounts (
  account     bigint      NOT NULL PRIMARY KEY,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  class       text        NOT NULL,
  unit_number bigint      NOT NULL,
  UNIQUE (pool, unit, class)
);

-- holdings
-- What a fact adds to what a grant has in hand over [valid_from, valid_to), as believed from one
-- position to another: the grant itself (0 given by the pool, 1 moved from others, 2 lent by
-- other_grant) adds what it began with, what leaves it (3 released, 4 moved to to_unit) takes it
-- away again. On a lender stand the rows of its loan other_grant the other way round (5 lent to
-- to_unit, 6 back), while it lives. At any instant a grant has the sum in hand, and owns the sum
-- without 5 and 6. `made` is the fact, whatever was corrected since.
-- A unit is found by its number, which follows from its id: an index of numbers is a fifth shorter.
-- The fork is that of the valid time while a row is believed, and then that of its known time.
CREATE TABLE holdings (
  id          bigint      NOT NULL PRIMARY KEY,
  quantity    bigint      NOT NULL CHECK (quantity <> 0),
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  end_at      timestamptz NOT NULL,
  made        bigint      NOT NULL,
  grant_id    uuid        NOT NULL,
  kind        smallint    NOT NULL,
  ended       boolean     NOT NULL,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  class       text        NOT NULL,
  account     bigint      NOT NULL,
  unit_number bigint      NOT NULL,
  to_unit     text,
  other_grant uuid,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  fork        bigint      NOT NULL,
  CHECK (valid_from <= valid_to),
  CHECK (known_from < known_to)
);

-- effects
-- What units have in hand at the instants at which events take effect, before and after them, for
-- sixteen positions: JSON, one array [position, pool, unit, at, before, after] for each.
CREATE TABLE effects (
  block       bigint      NOT NULL,
  told        bytea       NOT NULL
);

-- shifts
-- By how much what an account has changes at an instant, as told at a position. What it has at an
-- instant, as believed at a position, is the sum of those up to both. What never ends has no end
-- here. They are found by where they were told, of all or of a unit by its number: in this order
-- nothing that was told later is read.
CREATE TABLE shifts (
  at          timestamptz NOT NULL,
  position    bigint      NOT NULL,
  account     bigint      NOT NULL,
  quantity    bigint      NOT NULL CHECK (quantity <> 0),
  unit_number bigint      NOT NULL
);

-- hindsight
-- What an event changes of what an account had before the event was recorded: so much more over
-- [valid_from, valid_to), which may go on behind that. The shifts of such an event once more, summed
-- up in order of time: who asks about an instant that had gone by finds these alone of what was told
-- since.
CREATE TABLE hindsight (
  position    bigint      NOT NULL,
  account     bigint      NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  quantity    bigint      NOT NULL CHECK (quantity <> 0),
  fork        bigint      NOT NULL,
  CHECK (valid_from < valid_to)
);

-- sums
-- The balances that are kept: what every account has up to an instant, as believed at a position, in
-- the order of the accounts; what was to come then is the outlook. The instant is the last before
-- anything recorded later happened, but for hindsight. No compression: numbers of accounts are random.
CREATE TABLE sums (
  position    bigint      NOT NULL,
  at          timestamptz NOT NULL,
  accounts    bigint[]    NOT NULL,
  quantities  bigint[]    NOT NULL,
  CHECK (cardinality(accounts) = cardinality(quantities))
);
ALTER TABLE sums
      ALTER accounts SET STORAGE EXTERNAL,
      ALTER quantities SET STORAGE EXTERNAL;

-- outlook
-- What was to come behind the instant of a balance, as believed at its position: when accounts of a
-- unit have how much more, in order of time. What cancels out is left out.
CREATE TABLE outlook (
  position    bigint        NOT NULL,
  unit_number bigint        NOT NULL,
  times       timestamptz[] NOT NULL,
  accounts    bigint[]      NOT NULL,
  quantities  bigint[]      NOT NULL,
  CHECK (cardinality(times) = cardinality(accounts)
         AND cardinality(times) = cardinality(quantities))
);
ALTER TABLE outlook
      ALTER times SET STORAGE EXTERNAL,
      ALTER accounts SET STORAGE EXTERNAL,
      ALTER quantities SET STORAGE EXTERNAL;
