-- block_begun
-- The tags of a block that is not full yet.
SELECT tag, bits
  FROM postings_last
 WHERE block = %(block)s::integer;

-- makers_standing
-- The positions that made each of some grants or delegations, and that corrected the making last.
WITH makers AS (
       SELECT subject, min(position) AS position
         FROM subjects
        WHERE subject = ANY(%(subjects)s::uuid[])
     GROUP BY subject
)
   SELECT position
     FROM makers
    UNION
   SELECT max(corrections.position)
     FROM makers
     JOIN corrections
       ON corrections.about = makers.position
 GROUP BY makers.subject
 ORDER BY position;

-- loans_told
-- Where loans are made, or corrected.
SELECT position
  FROM loans
ORDER BY position;
