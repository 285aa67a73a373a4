-- decisions
-- When each decision was recorded, under which key, and its last position. The events themselves
-- stand in the log.
CREATE TABLE decisions (
  position     bigint      NOT NULL,
  last         bigint      NOT NULL,
  recorded_at  timestamptz NOT NULL,
  decision     uuid        NOT NULL,
  key          text        NOT NULL,
  CHECK (position <= last)
);

-- subjects
-- The grants and delegations that an event names; the first event about one made it.
CREATE TABLE subjects (
  position     bigint      NOT NULL,
  subject      uuid        NOT NULL
);

-- spoken_of
-- The grants, requests and so on about which the sentence of an event says more than the event does,
-- and wholly: the grants of which a flag of it takes all that was said by then.
CREATE TABLE spoken_of (
  position     bigint      NOT NULL,
  subject      uuid        NOT NULL,
  wholly       boolean     NOT NULL
);

-- postings_before
-- Which of the 1024 positions of a block name a person, unit, pool, topic, code, flag, month,
-- day or word: bit 0, the lowest of the last byte, is the block's first position. Of every tag all
-- blocks but its last: what stands here is never changed.
CREATE TABLE postings_before (
  block        integer     NOT NULL,
  tag          text        COLLATE "C" NOT NULL,
  bits         bytea       NOT NULL CHECK (octet_length(bits) = 128)
);

-- postings_last
-- The same of the last block that each tag is in, which may get more positions: there is room for the next
-- version of a row beside it, and no index has what changes, so that no index is written for it.
CREATE TABLE postings_last (
  block        integer     NOT NULL,
  tag          text        COLLATE "C" NOT NULL,
  bits         bytea       NOT NULL CHECK (octet_length(bits) = 128)
) WITH (fillfactor = 50);

-- postings
-- All blocks of all tags.
CREATE VIEW postings AS
     SELECT block, tag, bits
       FROM postings_before
  UNION ALL
     SELECT block, tag, bits
       FROM postings_last;

-- corrections
-- Which event, or which correction of it, a correction at a position takes the place of.
CREATE TABLE corrections (
  about        bigint      NOT NULL,
  position     bigint      NOT NULL,
  PRIMARY KEY (about, position),
  CHECK (about < position)
);

-- pools
-- What a pool counts, for the sentences, as said at a position.
CREATE TABLE pools (
  pool         text        NOT NULL,
  position     bigint      NOT NULL,
  unit_label   text        NOT NULL,
  PRIMARY KEY (pool, position)
);

-- notes
-- The notes about events.
CREATE TABLE notes (
  about        bigint      NOT NULL,
  position     bigint      NOT NULL,
  PRIMARY KEY (about, position),
  CHECK (about < position)
);

-- loans
-- The events that make a loan, or say in a correction that something is or was one: what happens to
-- a loan names its lender, too.
CREATE TABLE loans (
  position     bigint      NOT NULL PRIMARY KEY
);
