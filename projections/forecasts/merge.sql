-- said_anew
-- What is said of a grant once it is corrected.
INSERT INTO {table} AS said (grant_id, position, parts)
     SELECT grant_id, position, parts
       FROM unnest(%(grant_id)s::uuid[], %(position)s::bigint[], %(parts)s::text[])
            AS anew (grant_id, position, parts)
ON CONFLICT (grant_id, position)
  DO UPDATE
        SET parts = excluded.parts;
