-- tokens
-- Bearer tokens as digests of 256 random bits; a token that was made is never forgotten.
CREATE TABLE ledger.tokens (
  name        text        NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
  digest      bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  person      text        NOT NULL CHECK (length(person) BETWEEN 1 AND 200),
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz,
  revoked_at  timestamptz
);

-- rights
-- The doors look tokens up; they are made and ended by operators, as owner of the database.
GRANT SELECT ON ledger.tokens TO allot_reader;
