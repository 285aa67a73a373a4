-- events
-- When each event was recorded and takes effect, the decision it is of and that decision's last
-- position, and its words, folded, each between blanks. The event itself stands in the log.
CREATE TABLE events (
  position     bigint      NOT NULL,
  recorded_at  timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  decision     uuid        NOT NULL,
  last         bigint      NOT NULL,
  key          text        NOT NULL,
  words        text,
  CHECK (position <= last)
);

-- subjects
-- The grants and delegations that an event names; the first event about one made it.
CREATE TABLE subjects (
  subject      uuid        NOT NULL,
  position     bigint      NOT NULL
);

-- postings
-- Which of the 1024 positions of a block name a person, unit, pool, topic, code, flag, month,
-- day or word: bit 0, the lowest of the last byte, is the block's first position.
CREATE TABLE postings (
  tag          text        COLLATE "C" NOT NULL,
  block        integer     NOT NULL,
  bits         bytea       NOT NULL CHECK (octet_length(bits) = 128),
  PRIMARY KEY (tag, block)
);

-- pools
-- What a pool counts, for the sentences.
CREATE TABLE pools (
  pool         text        NOT NULL PRIMARY KEY,
  unit_label   text        NOT NULL
);
