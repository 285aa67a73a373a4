-- effects_grown
-- More is told of a block that is not full yet.
INSERT INTO {table} AS known (block, told)
     SELECT block, told
       FROM unnest(%(block)s::bigint[], %(told)s::bytea[]) AS grown (block, told)
ON CONFLICT (block)
  DO UPDATE
        SET told = excluded.told;
