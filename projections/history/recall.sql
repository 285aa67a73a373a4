-- block_begun
-- The tags of a block that is not full yet.
SELECT tag, bits
  FROM postings
 WHERE block = %(block)s::integer;

-- makers_standing
-- The position that made each of some grants or delegations.
  SELECT subject::text, min(position) AS position
    FROM subjects
   WHERE subject = ANY(%(subjects)s::uuid[])
GROUP BY subject;
