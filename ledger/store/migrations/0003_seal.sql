-- seal
-- The root of the tree over all events up to a size, and what it takes to go on from there. Each
-- continues the one before it, and none is continued twice: the log cannot fork in here.
CREATE TABLE ledger.seal (
  size        bigint  NOT NULL PRIMARY KEY CHECK (size > 0),
  previous    bigint  UNIQUE NULLS NOT DISTINCT REFERENCES ledger.seal (size),
  root        bytea   NOT NULL CHECK (octet_length(root) = 32),
  frontier    bytea   NOT NULL,
  CHECK (previous < size),
  CHECK (octet_length(frontier) = 32 * bit_count(size::bit(64)))
);

-- stay
-- Not even the owner changes a seal by mistake.
CREATE TRIGGER seal_stays
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.seal
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- refuse_unsealed
-- Says that events are added together with the seal that covers them, which is there first.
CREATE FUNCTION ledger.refuse_unsealed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  head bigint := (SELECT max(notification_id) FROM ledger.events);
  sealed bigint := (SELECT max(size) FROM ledger.seal);
BEGIN
  IF head IS DISTINCT FROM sealed THEN
    RAISE EXCEPTION 'the log ends at %, and its seal at %', head, coalesce(sealed, 0)
          USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END
$$;

-- refuse_empty_seal
-- Says that a seal belongs to events that are added with it.
CREATE FUNCTION ledger.refuse_empty_seal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM ledger.events WHERE notification_id = new.size) THEN
    RAISE EXCEPTION 'there is no event % for a seal', new.size
          USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END
$$;

-- sealed
-- An event without a seal, and a seal without its events, cannot be committed.
CREATE TRIGGER events_are_sealed
  AFTER INSERT ON ledger.events
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_unsealed();
CREATE CONSTRAINT TRIGGER seal_has_events
  AFTER INSERT ON ledger.seal
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_empty_seal();

-- demand_head
-- Says that the log ends at a position, whose seal has a root: to be called behind the lock.
CREATE FUNCTION ledger.demand_head(head bigint, known bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  newest record;
BEGIN
    SELECT size, root INTO newest
      FROM ledger.seal
  ORDER BY size DESC
     LIMIT 1;
  IF coalesce(newest.size, 0) <> head OR newest.root IS DISTINCT FROM nullif(known, '') THEN
    RAISE EXCEPTION 'the log ends at %, not as known at %', coalesce(newest.size, 0), head
          USING ERRCODE = 'serialization_failure';
  END IF;
END
$$;

-- rights
-- As with events: readers read, the writer adds.
GRANT SELECT ON ledger.seal TO allot_reader;
GRANT INSERT ON ledger.seal TO allot_writer;
