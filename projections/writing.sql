-- close_rows
-- End rows in known time that earlier batches wrote. No index has "no less than" for its condition,
-- so that rows are found by their ids; what is asked stands in sub-selects: that is planned once.
UPDATE {table} AS row
   SET known_to = closed.known_to
  FROM unnest((SELECT %(rows)s::bigint[]), (SELECT %(positions)s::bigint[]))
       AS closed (id, known_to)
 WHERE row.id = closed.id
   AND row.known_to >= 9223372036854775807;

-- column_types
-- What the columns of the tables of a schema are: their types, whether these are arrays, and in how many
-- bytes every value is sent, none where they differ or there may be none.
  SELECT relname AS table, attname AS name, atttypid::bigint AS type,
         format_type(atttypid, -1) AS type_name, typcategory = 'A' AS is_array,
         CASE WHEN attnotnull AND typlen > 0 THEN typlen::integer END AS size
    FROM pg_class
    JOIN pg_attribute
      ON attrelid = pg_class.oid
     AND attnum > 0
    JOIN pg_type
      ON pg_type.oid = atttypid
   WHERE relnamespace = to_regnamespace(%(schema)s::text)
     AND relkind = 'r'
ORDER BY relname, attnum;
