-- tags_grown
-- More positions of the last block are on tags that are in it already. To update a row that is known to
-- be there takes no lock of its own, unlike ON CONFLICT.
UPDATE {table} AS last
   SET block = grown.block,
       bits = grown.bits
  FROM unnest(%(block)s::integer[], %(tag)s::text[], %(bits)s::bytea[])
       AS grown (block, tag, bits)
 WHERE last.tag = grown.tag;

-- tags_begun
-- Tags that are new to the last block. What they had in an earlier one is their last no longer.
WITH begun AS MATERIALIZED (
       SELECT block, tag, bits
         FROM unnest(%(block)s::integer[], %(tag)s::text[], %(bits)s::bytea[])
              AS begun (block, tag, bits)
), settled AS (
       INSERT INTO {table} (block, tag, bits)
            SELECT last.block, last.tag, last.bits
              FROM begun
              JOIN {schema}.postings_last AS last
                ON last.tag = begun.tag
), known AS (
          UPDATE {schema}.postings_last AS last
             SET block = begun.block,
                 bits = begun.bits
            FROM begun
           WHERE last.tag = begun.tag
       RETURNING last.tag
)
INSERT INTO {schema}.postings_last (block, tag, bits)
     SELECT block, tag, bits
       FROM begun
      WHERE tag NOT IN (SELECT tag FROM known);
