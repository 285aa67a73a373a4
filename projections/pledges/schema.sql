-- promises
-- What the fact at a position promises a unit over [valid_from, valid_to), as believed from one
-- position to another: the pledge itself, made at `made`, or what was said of it since. A withdrawal
-- holds no instant and has no pools. What is promised at an instant says the newest that has begun
-- by then, unless it has ended.
CREATE TABLE promises (
  id          bigint      NOT NULL PRIMARY KEY,
  pledge      uuid        NOT NULL,
  to_unit     text        NOT NULL,
  position    bigint      NOT NULL,
  made        bigint      NOT NULL,
  by_person   text        NOT NULL,
  recorded_at timestamptz NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  pools       text[]      NOT NULL,
  of_unit     text,
  share_bp    bigint      CHECK (share_bp BETWEEN 1 AND 10000),
  quantity    bigint      CHECK (quantity > 0),
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (valid_from <= valid_to),
  CHECK ((valid_from = valid_to) = (pools = '{}')),
  CHECK (share_bp IS NULL OR quantity IS NULL),
  CHECK (known_from < known_to)
);
