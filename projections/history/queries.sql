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
-- Which positions of some blocks name some tags: of each tag its blocks one behind the other, their
-- numbers and bits. What is asked stands in sub-selects, so that one plan serves for any question.
  SELECT tag, string_agg(int4send(block) || bits, ''::bytea)
    FROM proj_history.postings
   WHERE tag = ANY((SELECT %(tags)s::text[])::text[])
     AND block >= (SELECT %(first)s::integer)
     AND block <= (SELECT %(last)s::integer)
GROUP BY tag;

-- months
-- The months within a range in which anything takes effect.
  SELECT tag
    FROM proj_history.postings_last
   WHERE tag BETWEEN %(from)s::text AND %(to)s::text
ORDER BY tag;

-- breached
-- In which blocks, up to one, an event broke a limit, with the positions that did, and those that name
-- some tags.
WITH broken AS MATERIALIZED (
       SELECT block, bits
         FROM proj_history.postings
        WHERE tag = 'flag:breach'
          AND block <= %(last)s::integer
)
  SELECT named.tag, block, broken.bits, named.bits
    FROM broken
    JOIN proj_history.postings AS named
   USING (block)
   WHERE named.tag = ANY(%(tags)s::text[]);

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

-- facts_about
-- The events that name some grants, as recorded by a position.
  SELECT notification_id, state
    FROM ledger.events
   WHERE notification_id = ANY(ARRAY(
           SELECT position
             FROM proj_history.subjects
            WHERE subject = ANY((SELECT %(subjects)s::uuid[])::uuid[])
              AND position <= (SELECT %(known_at)s::bigint)))
ORDER BY notification_id;

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

-- told
-- What is said at some positions, in one answer: the events as one value with a line break between
-- them, those that made what their sentences speak of or corrected that, what pools count, all that
-- was said of what they correct, and the last corrections as recorded by a position. A pool has a
-- label, what was made a name and bytes, what was said bytes, the events bytes alone, a correction
-- none.
WITH spoken AS MATERIALIZED (
       SELECT position, subject, wholly
         FROM proj_history.spoken_of
        WHERE position = ANY((SELECT %(positions)s::bigint[])::bigint[])
), makers AS MATERIALIZED (
       SELECT subject,
              (SELECT min(position)
                 FROM proj_history.subjects
                WHERE subject = spoken.subject) AS position
         FROM spoken
        WHERE NOT wholly
), whole AS (
       SELECT subject, max(position) AS last
         FROM spoken
        WHERE wholly
     GROUP BY subject
), said AS (
       SELECT subject, position
         FROM makers
        UNION
       SELECT makers.subject, corrections.position
         FROM proj_history.corrections
         JOIN makers
           ON makers.position = corrections.about
        WHERE corrections.about = ANY(ARRAY(SELECT position FROM makers))
)
   SELECT NULL::bigint AS position, string_agg(state, '\x0a'::bytea) AS stored, NULL AS name,
          NULL AS unit_label, NULL::bigint AS corrected_by
     FROM ledger.events
    WHERE notification_id = ANY((SELECT %(positions)s::bigint[])::bigint[])
UNION ALL
   SELECT said.position, events.state, said.subject::text, NULL, NULL
     FROM said
     JOIN ledger.events
       ON events.notification_id = said.position
UNION ALL
   SELECT position, NULL, pool, unit_label, NULL
     FROM proj_history.pools
UNION ALL
   SELECT subjects.position, events.state, NULL, NULL, NULL
     FROM whole
     JOIN proj_history.subjects
       ON subjects.subject = whole.subject
      AND subjects.position <= whole.last
     JOIN ledger.events
       ON events.notification_id = subjects.position
UNION ALL
   SELECT about, NULL, NULL, NULL, max(position)
     FROM proj_history.corrections
    WHERE about = ANY((SELECT %(positions)s::bigint[])::bigint[])
      AND position <= (SELECT %(known_at)s::bigint)
 GROUP BY about;

-- background
-- What some grants, requests or delegations are and what pools count, as `told` answers it, for
-- events that are not recorded.
WITH makers AS MATERIALIZED (
       SELECT subject, min(position) AS position
         FROM proj_history.subjects
        WHERE subject = ANY((SELECT %(subjects)s::uuid[])::uuid[])
     GROUP BY subject
), said AS (
       SELECT subject, position
         FROM makers
    UNION ALL
       SELECT makers.subject, corrections.position
         FROM proj_history.corrections
         JOIN makers
           ON makers.position = corrections.about
        WHERE corrections.about = ANY(ARRAY(SELECT position FROM makers))
)
   SELECT said.position, events.state AS stored, said.subject::text AS name, NULL AS unit_label,
          NULL::bigint AS corrected_by
     FROM said
     JOIN ledger.events
       ON events.notification_id = said.position
UNION ALL
   SELECT position, NULL, pool, unit_label, NULL
     FROM proj_history.pools;
