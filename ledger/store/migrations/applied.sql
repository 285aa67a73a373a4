-- lock
-- One migration at a time; the others wait and find nothing left to do.
SELECT pg_advisory_xact_lock(hashtextextended('allot migrations', 0));

-- is_begun
-- Whether anything was ever migrated here.
SELECT to_regclass('ledger.migrations') IS NOT NULL AS is_begun;

-- begin
-- Which files were applied, and what was in them.
CREATE TABLE IF NOT EXISTS ledger.migrations (
  name        text        NOT NULL PRIMARY KEY,
  sha256      bytea       NOT NULL CHECK (octet_length(sha256) = 32),
  applied_at  timestamptz NOT NULL DEFAULT now()
);

-- let_read
-- Every service checks that it meets the schema it was written for.
GRANT USAGE ON SCHEMA ledger TO allot_reader;

-- let_read_migrations
-- The same, for the table.
GRANT SELECT ON ledger.migrations TO allot_reader;

-- as_owner
-- What the files make belongs to the owner, whoever runs them.
SET LOCAL ROLE allot_owner;

-- as_oneself
-- Whoever runs the files goes on as who connected, should the transaction be part of a longer one.
SET LOCAL ROLE NONE;

-- applied
-- What was applied, in order.
  SELECT name, sha256
    FROM ledger.migrations
ORDER BY name;

-- note
-- Remember a file.
INSERT INTO ledger.migrations (name, sha256)
     VALUES (%(name)s::text, %(sha256)s::bytea);
