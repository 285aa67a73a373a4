-- close_rows
-- End rows in known time that earlier batches wrote.
UPDATE {table} AS row
   SET known_to = closed.known_to
  FROM unnest(%(rows)s::bigint[], %(positions)s::bigint[]) AS closed (id, known_to)
 WHERE row.id = closed.id
   AND row.known_to = 9223372036854775807;
