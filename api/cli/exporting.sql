-- count_receipts
-- How many answers are kept.
SELECT count(*)
  FROM ledger.receipts;

-- receipts
-- Every answer ever given to a key, in an order that is the same after a restore.
  SELECT person, key, fingerprint, status, body, position, decision::text AS decision
    FROM ledger.receipts
ORDER BY position, person, key;
