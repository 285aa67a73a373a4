-- holdings_ended
-- End rows in known time that earlier batches wrote; they are found by that time from now on. No
-- index of what is believed has "no less than" for its condition, so that rows are found by their
-- ids; what is asked stands in sub-selects, so that this is planned once.
UPDATE {table} AS row
   SET known_to = closed.known_to,
       fork = {schema}.fork(row.known_from, closed.known_to - 1)
  FROM unnest((SELECT %(rows)s::bigint[]), (SELECT %(positions)s::bigint[]))
       AS closed (id, known_to)
 WHERE row.id = closed.id
   AND row.known_to >= 9223372036854775807;
