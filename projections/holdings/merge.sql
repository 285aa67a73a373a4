-- effects_grown
-- More is told of a block that is not full yet.
INSERT INTO {table} AS known (block, told)
     SELECT block, told
       FROM unnest(%(block)s::bigint[], %(told)s::bytea[]) AS grown (block, told)
ON CONFLICT (block)
  DO UPDATE
        SET told = excluded.told;

-- accounts_named
-- Accounts that rows name, some of which were named before. Two with one number stop the model.
INSERT INTO {table} AS known (account, pool, unit, class, unit_number)
     SELECT account, pool, unit, class, unit_number
       FROM unnest(%(account)s::bigint[], %(pool)s::text[], %(unit)s::text[], %(class)s::text[],
                   %(unit_number)s::bigint[])
            AS named (account, pool, unit, class, unit_number)
ON CONFLICT (pool, unit, class)
         DO NOTHING;
