-- identity
-- The one ledger of this database: the originator of every event.
CREATE TABLE ledger.identity (
  id          uuid        NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
  is_only     boolean     NOT NULL DEFAULT true UNIQUE CHECK (is_only)
);
INSERT INTO ledger.identity DEFAULT VALUES;

-- events
-- The log: one stream, positions from 1 without gaps, bytes kept as they were written.
CREATE TABLE ledger.events (
  originator_id       uuid    NOT NULL,
  originator_version  bigint  NOT NULL CHECK (originator_version > 0),
  topic               text    NOT NULL,
  state               bytea   NOT NULL CHECK (octet_length(state) <= 65535),
  notification_id     bigint  GENERATED ALWAYS AS (originator_version) STORED,
  PRIMARY KEY (originator_id, originator_version)
);
ALTER TABLE ledger.events ALTER COLUMN state SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX events_notification_id_idx
                 ON ledger.events (notification_id);

-- receipts
-- What was answered to a person's key, for ever; a key without an answer came from an export.
CREATE TABLE ledger.receipts (
  person      text        COLLATE "C" NOT NULL,
  key         text        COLLATE "C" NOT NULL,
  fingerprint bytea       NOT NULL,
  status      bigint      NOT NULL,
  body        bytea       NOT NULL,
  position    bigint      NOT NULL CHECK (position >= 0),
  decision    uuid,
  answered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person, key),
  CHECK (status IN (201, 202, 403, 404, 409) AND octet_length(fingerprint) = 32
         OR status = 0 AND fingerprint = '' AND body = '')
);
CREATE UNIQUE INDEX receipts_decision_idx
                 ON ledger.receipts (decision)
              WHERE decision IS NOT NULL;

-- snapshots
-- States of the core at a position: a faster start, nothing more, so that old ones may go.
CREATE TABLE ledger.snapshots (
  shape       bytea       NOT NULL,
  position    bigint      NOT NULL CHECK (position > 0),
  sha256      bytea       NOT NULL,
  state       bytea       NOT NULL,
  taken_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shape, position)
);
ALTER TABLE ledger.snapshots ALTER COLUMN state SET STORAGE EXTERNAL;

-- refuse_change
-- Says that what is recorded stays.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of %.% is refused: what is recorded stays',
        tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = 'restrict_violation';
END
$$;

-- stay
-- Not even the owner changes the log by mistake: it would have to drop this first.
CREATE TRIGGER events_stay
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER receipts_stay
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.receipts
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER identity_stays
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.identity
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- rights
-- Readers read; the writer adds to the log and the receipts; both services keep snapshots.
GRANT SELECT ON ledger.identity, ledger.events, ledger.receipts, ledger.snapshots TO allot_reader;
GRANT INSERT ON ledger.events, ledger.receipts TO allot_writer;
GRANT INSERT, DELETE ON ledger.snapshots TO allot_writer, allot_follower;
