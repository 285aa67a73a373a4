-- token_scopes
-- What a token is good for: following the feed, all reads, or commands too. One that is not named was
-- made before, or by the release before, and is good for all that its person may do, as it always
-- was. A table of its own: a column would have to wait for everybody who reads the tokens, and have
-- all others wait behind it.
CREATE TABLE ledger.token_scopes (
  name        text        NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
  scope       text        NOT NULL CHECK (scope IN ('feed', 'read', 'write'))
);

-- rights
-- The doors look scopes up beside the tokens.
GRANT SELECT ON ledger.token_scopes TO allot_reader;
