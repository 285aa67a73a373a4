-- shares
-- What a split gives a unit of a pool over [valid_from, valid_to), as believed from one position to
-- another. `position` is that of the split, whoever corrected it since. Which share counts at an
-- instant, this does not say: one that has ended goes on until another covers.
CREATE TABLE shares (
  id         bigint      NOT NULL PRIMARY KEY,
  pool       text        NOT NULL,
  unit       text        NOT NULL,
  floor      bigint,
  amount     bigint,
  cap        bigint,
  parent     text        NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to   timestamptz NOT NULL,
  position   bigint      NOT NULL,
  known_from bigint      NOT NULL,
  known_to   bigint      NOT NULL,
  CHECK (0 <= floor AND floor <= amount AND amount <= cap),
  CHECK (floor <= cap),
  CHECK (valid_from < valid_to),
  CHECK (known_from < known_to)
);
