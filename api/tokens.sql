-- create
-- Keep the digest of a new token; the token itself is shown once and kept nowhere.
INSERT INTO ledger.tokens (name, digest, person, scope, expires_at)
     VALUES (%(name)s, %(digest)s, %(person)s, %(scope)s, %(expires_at)s);

-- by_digest
-- The credential of a token that is not revoked, expired ones included.
  SELECT name, digest, person, scope, created_at, expires_at, revoked_at
    FROM ledger.tokens
   WHERE digest = %(digest)s
     AND revoked_at IS NULL;

-- everyone
-- Every token ever made, newest first.
  SELECT name, digest, person, scope, created_at, expires_at, revoked_at
    FROM ledger.tokens
ORDER BY created_at DESC, name;

-- revoke
-- End a token for good; tells whether there was one that was not revoked yet.
   UPDATE ledger.tokens
      SET revoked_at = now()
    WHERE name = %(name)s
      AND revoked_at IS NULL
RETURNING name;
