-- create
-- Keep the digest of a new token and its scope; the token itself is shown once and kept nowhere.
  WITH made AS (
         INSERT INTO ledger.tokens (name, digest, person, expires_at)
              VALUES (%(name)s, %(digest)s, %(person)s, %(expires_at)s)
           RETURNING name
       )
INSERT INTO ledger.token_scopes (name, scope)
     SELECT name, %(scope)s
       FROM made;

-- by_digest
-- The credential of a token that is not revoked, expired ones included.
   SELECT made.name, made.digest, made.person, coalesce(good.scope, 'write') AS scope,
          made.created_at, made.expires_at, made.revoked_at
     FROM ledger.tokens AS made
LEFT JOIN ledger.token_scopes AS good
       ON good.name = made.name
    WHERE made.digest = %(digest)s
      AND made.revoked_at IS NULL;

-- everyone
-- Every token ever made, newest first.
   SELECT made.name, made.digest, made.person, coalesce(good.scope, 'write') AS scope,
          made.created_at, made.expires_at, made.revoked_at
     FROM ledger.tokens AS made
LEFT JOIN ledger.token_scopes AS good
       ON good.name = made.name
 ORDER BY made.created_at DESC, made.name;

-- revoke
-- End a token for good; tells whether there was one that was not revoked yet.
   UPDATE ledger.tokens
      SET revoked_at = now()
    WHERE name = %(name)s
      AND revoked_at IS NULL
RETURNING name;
