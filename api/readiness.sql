-- try_to_add
-- Whether the tables that a commit adds to are there, and may be added to.
SELECT has_table_privilege('ledger.events', 'INSERT')
       AND has_table_privilege('ledger.receipts', 'INSERT')
       AND has_table_privilege('ledger.seal', 'INSERT') AS may_add;

-- try_to_write
-- Write more than lies at hand; whoever asks takes it back.
INSERT INTO ledger.snapshots (shape, position, sha256, state)
     VALUES (%(shape)s::bytea, 1, %(shape)s::bytea, %(state)s::bytea);
