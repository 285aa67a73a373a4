-- postings_grown
-- More positions of a block, which is not full yet, are on a tag.
INSERT INTO {table} AS posting (block, tag, bits)
     SELECT block, tag, bits
       FROM unnest(%(block)s::integer[], %(tag)s::text[], %(bits)s::bytea[])
            AS grown (block, tag, bits)
ON CONFLICT (tag, block)
  DO UPDATE
        SET bits = excluded.bits;
