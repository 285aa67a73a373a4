-- pools
-- Pools open at an instant, or with `closed` closed by then too, as recorded by a position.
  SELECT pool, title, unit_label, granule, opened_at, closed_at
    FROM proj_organisation.pools
   WHERE opened_at <= %(valid_at)s::timestamptz
     AND (%(closed)s::boolean OR closed_at > %(valid_at)s::timestamptz)
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(pool)s::text IS NULL OR pool = %(pool)s::text)
ORDER BY pool;

-- pool_known
-- Whether a pool was ever opened, as recorded by a position.
SELECT pool
  FROM proj_organisation.pools
 WHERE pool = %(pool)s::text
   AND known_from <= %(known_at)s::bigint
   AND known_to > %(known_at)s::bigint;

-- units
-- Units that exist at an instant, as recorded by a position.
  SELECT unit, name, kind, parent, since, closed_at, merged_into
    FROM proj_organisation.units
   WHERE valid_from <= %(valid_at)s::timestamptz
     AND valid_to > %(valid_at)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY unit;

-- unit_known
-- Whether a unit existed at any time, as recorded by a position.
SELECT unit
  FROM proj_organisation.units
 WHERE unit = %(unit)s::text
   AND known_from <= %(known_at)s::bigint
   AND known_to > %(known_at)s::bigint
 LIMIT 1;

-- runs
-- Every unit's name and parent over time, as recorded by a position.
  SELECT unit, name, kind, parent, since, closed_at, merged_into, valid_from, valid_to
    FROM proj_organisation.units
   WHERE known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
     AND (%(unit)s::text IS NULL OR unit = %(unit)s::text)
ORDER BY unit, valid_from;

-- under
-- A unit and all below it at an instant, as recorded by a position.
WITH RECURSIVE below AS (
    SELECT unit, name, kind, parent, since, closed_at, merged_into
      FROM proj_organisation.units
     WHERE unit = %(unit)s::text
       AND valid_from <= %(valid_at)s::timestamptz
       AND valid_to > %(valid_at)s::timestamptz
       AND known_from <= %(known_at)s::bigint
       AND known_to > %(known_at)s::bigint
     UNION
    SELECT child.unit, child.name, child.kind, child.parent, child.since, child.closed_at,
           child.merged_into
      FROM below
      JOIN proj_organisation.units AS child
        ON child.parent = below.unit
     WHERE child.valid_from <= %(valid_at)s::timestamptz
       AND child.valid_to > %(valid_at)s::timestamptz
       AND child.known_from <= %(known_at)s::bigint
       AND child.known_to > %(known_at)s::bigint
)
  SELECT unit, name, kind, parent, since, closed_at, merged_into
    FROM below
ORDER BY unit;

-- above
-- The way from the root down to a unit, itself included, at an instant. No fact puts a unit below
-- itself; if rows ever did, the way would end where it comes round, and not never.
WITH RECURSIVE above AS (
    SELECT unit, name, kind, parent, since, closed_at, merged_into, 0 AS steps
      FROM proj_organisation.units
     WHERE unit = %(unit)s::text
       AND valid_from <= %(valid_at)s::timestamptz
       AND valid_to > %(valid_at)s::timestamptz
       AND known_from <= %(known_at)s::bigint
       AND known_to > %(known_at)s::bigint
     UNION
    SELECT parent.unit, parent.name, parent.kind, parent.parent, parent.since, parent.closed_at,
           parent.merged_into, above.steps + 1
      FROM above
      JOIN proj_organisation.units AS parent
        ON parent.unit = above.parent
     WHERE parent.valid_from <= %(valid_at)s::timestamptz
       AND parent.valid_to > %(valid_at)s::timestamptz
       AND parent.known_from <= %(known_at)s::bigint
       AND parent.known_to > %(known_at)s::bigint
) CYCLE unit SET has_come_round USING way
  SELECT unit, name, kind, parent, since, closed_at, merged_into
    FROM above
   WHERE NOT has_come_round
ORDER BY steps DESC;

-- delegations
-- Delegations in force at an instant, as recorded by a position.
  SELECT delegation::text, to_person, role, unit, pools, most, since, until, given_by, revoked,
         position
    FROM (
            SELECT delegation, to_person, role, unit, pools, most, since, until, given_by, revoked,
                   known_from, known_to,
                   min(known_from) OVER (PARTITION BY delegation) AS position
              FROM proj_organisation.delegations
             WHERE (%(person)s::text IS NULL OR to_person = %(person)s::text)
               AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
         ) AS given
   WHERE since <= %(valid_at)s::timestamptz
     AND until > %(valid_at)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY unit, to_person, role, delegation;

-- rules
-- The settings in force at an instant, those of all pools first.
  SELECT pool, second_person_from, backdate_days, notice_days, valid_from
    FROM proj_organisation.rules
   WHERE valid_from <= %(valid_at)s::timestamptz
     AND valid_to > %(valid_at)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY pool NULLS FIRST;

-- rates
-- What a unit of each pool counts as at an instant, as recorded by a position.
  SELECT pool, h100_milli, valid_from, position
    FROM proj_organisation.rates
   WHERE valid_from <= %(valid_at)s::timestamptz
     AND valid_to > %(valid_at)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY pool;

-- delegations_ending
-- Delegations that end in a period, as recorded by a position, and the positions that say so.
  SELECT to_person, role, unit, pools, until, id >> 16 AS position
    FROM proj_organisation.delegations
   WHERE until >= %(start)s::timestamptz
     AND until < %(end)s::timestamptz
     AND since < until
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY until, unit, to_person, role;

-- moves
-- Which units moved in a period, as recorded by a position: where each move stands, and since which
-- position it is believed so, which is that of its correction where it has one.
  SELECT said::jsonb ->> 'unit' AS unit, effective_at, position, known_from
    FROM proj_organisation.said
   WHERE topic = 'unit-moved.v1'
     AND effective_at >= %(start)s::timestamptz
     AND effective_at < %(end)s::timestamptz
     AND known_from <= %(known_at)s::bigint
     AND known_to > %(known_at)s::bigint
ORDER BY effective_at, position;
