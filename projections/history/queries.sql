-- decision_around
-- The decision that a position is of: its last position, and when it was recorded.
  SELECT last, recorded_at
    FROM proj_history.decisions
   WHERE position <= %(position)s::bigint
ORDER BY position DESC
   LIMIT 1;

-- recorded_by
-- The last position recorded by an instant. Inside a decision all are recorded at once.
  SELECT last, recorded_at
    FROM proj_history.decisions
   WHERE recorded_at <= %(instant)s::timestamptz
ORDER BY recorded_at DESC, position DESC
   LIMIT 1;

-- recorded_before
-- The last position recorded before an instant.
  SELECT last
    FROM proj_history.decisions
   WHERE recorded_at < %(instant)s::timestamptz
ORDER BY recorded_at DESC, position DESC
   LIMIT 1;

-- postings
-- Which positions of some blocks name some tags. What is asked stands in sub-selects, so that one
-- plan serves for any question.
SELECT tag, block, bits
  FROM proj_history.postings
 WHERE tag = ANY((SELECT %(tags)s::text[])::text[])
   AND block >= (SELECT %(first)s::integer)
   AND block <= (SELECT %(last)s::integer);

-- months
-- The months within a range in which anything takes effect, found by stepping through the index.
WITH RECURSIVE months AS (
     (SELECT tag
        FROM proj_history.postings
       WHERE tag BETWEEN %(from)s::text AND %(to)s::text
    ORDER BY tag
       LIMIT 1)
       UNION ALL
      SELECT (SELECT postings.tag
                FROM proj_history.postings AS postings
               WHERE postings.tag > months.tag
                 AND postings.tag <= %(to)s::text
            ORDER BY postings.tag
               LIMIT 1)
        FROM months
       WHERE months.tag IS NOT NULL
)
  SELECT tag
    FROM months
   WHERE tag IS NOT NULL
ORDER BY tag;

-- of_subject
-- The positions that name a grant or delegation.
  SELECT position
    FROM proj_history.subjects
   WHERE subject = %(value)s::uuid
ORDER BY position;

-- of_subjects
-- The positions that name each of some grants, requests or delegations, the one that made it first.
  SELECT subject::text, position
    FROM proj_history.subjects
   WHERE subject = ANY((SELECT %(subjects)s::uuid[])::uuid[])
     AND position <= (SELECT %(known_at)s::bigint)
ORDER BY subject, position;

-- notes_on
-- The notes about events at some positions, as recorded by a position.
  SELECT about, position
    FROM proj_history.notes
   WHERE about = ANY((SELECT %(positions)s::bigint[])::bigint[])
     AND position <= (SELECT %(known_at)s::bigint)
ORDER BY about, position;

-- of_decision
-- The positions of a decision.
  SELECT generate_series(position, last) AS position
    FROM proj_history.decisions
   WHERE decision = %(value)s::uuid
ORDER BY position;

-- of_key
-- The positions recorded under an idempotency key.
  SELECT generate_series(position, last) AS position
    FROM proj_history.decisions
   WHERE key = %(value)s::text
ORDER BY position;

-- background
-- What pools count, the events that made each of some grants or delegations or corrected that, and
-- by which correction some events are corrected, as recorded by a position.
WITH makers AS MATERIALIZED (
       SELECT subject, min(position) AS position
         FROM proj_history.subjects
        WHERE subject = ANY((SELECT %(subjects)s::uuid[])::uuid[])
     GROUP BY subject
)
   SELECT pool AS name, unit_label, position, NULL::bigint AS corrected_by
     FROM proj_history.pools
UNION ALL
   SELECT subject::text, NULL, position, NULL
     FROM makers
UNION ALL
   SELECT makers.subject::text, NULL, corrections.position, NULL
     FROM proj_history.corrections AS corrections
     JOIN makers
       ON makers.position = corrections.about
    WHERE corrections.about = ANY(ARRAY(SELECT position FROM makers))
UNION ALL
   SELECT NULL, NULL, about, max(position)
     FROM proj_history.corrections
    WHERE about = ANY((SELECT %(positions)s::bigint[])::bigint[])
      AND position <= (SELECT %(known_at)s::bigint)
 GROUP BY about;
