-- postings_grown
-- More positions of a block, which is not full yet, are on a tag.
INSERT INTO {table} AS posting (tag, block, bits)
     SELECT tag, block, bits
       FROM unnest(%(tag)s::text[], %(block)s::integer[], %(bits)s::bytea[])
            AS grown (tag, block, bits)
ON CONFLICT (tag, block)
  DO UPDATE
        SET bits = excluded.bits;
