-- token_scopes
-- What a token is good for: following the feed, all reads, or commands too. One that was made before,
-- or by the release before, is good for all that its person may do, as it always was.
ALTER TABLE ledger.tokens
  ADD COLUMN scope text NOT NULL DEFAULT 'write' CHECK (scope IN ('feed', 'read', 'write'));
