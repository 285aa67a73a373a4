-- make_state
-- Where each read model stands; made once.
CREATE SCHEMA IF NOT EXISTS projections;

-- make_state_table
-- One row a model: the position it reflects, how often it was built anew, and why it stopped.
CREATE TABLE IF NOT EXISTS projections.state (
  model       text        NOT NULL PRIMARY KEY,
  version     integer     NOT NULL,
  position    bigint      NOT NULL CHECK (position >= 0),
  state       text        NOT NULL CHECK (state IN ('following', 'stopped')),
  built       bigint      NOT NULL DEFAULT 0,
  reason      text        CHECK ((reason IS NULL) = (state = 'following')),
  updated_at  timestamptz NOT NULL
);

-- make_lock
-- Let one process at a time make what is missing: two that create a schema at once fail.
SELECT pg_advisory_xact_lock(hashtextextended('allot projections', 0));

-- is_made
-- Whether the table of positions is there.
SELECT to_regclass('projections.state') IS NOT NULL AS is_made;

-- known
-- Whether a model has a row.
SELECT model
  FROM projections.state
 WHERE model = %(model)s::text;

-- begin_model
-- Note a model whose tables are empty.
INSERT INTO projections.state (model, version, position, state, reason, updated_at)
     VALUES (%(model)s::text, %(version)s::integer, 0, 'following', NULL, now());

-- positions
-- How far each model is.
  SELECT model, position, state, reason, version, built
    FROM projections.state
ORDER BY model;

-- reflected
-- The position that every model reflects.
SELECT coalesce(min(position), 0)::bigint AS reflected
  FROM projections.state;

-- advance
-- Move models on. One that does not stand where its follower left it has no next position, which no
-- row may lack: then nothing of the transaction is done.
UPDATE projections.state AS state
   SET position = CASE
         WHEN state.position = %(before)s::bigint AND state.built = fed.built
         THEN %(position)s::bigint
       END,
       state = 'following',
       reason = NULL,
       updated_at = now()
  FROM unnest(%(models)s::text[], %(built)s::bigint[]) AS fed (model, built)
 WHERE state.model = fed.model;

-- stop
-- Say that a model cannot apply the event after its position.
UPDATE projections.state
   SET state = 'stopped',
       reason = %(reason)s::text,
       updated_at = now()
 WHERE model = %(model)s::text;

-- standing
-- Where one model stands.
SELECT model, position, state, reason, version, built
  FROM projections.state
 WHERE model = %(model)s::text;

-- locked
-- Where a model stands, held until the end of the transaction.
   SELECT model, position, state, reason, version, built
     FROM projections.state
    WHERE model = %(model)s::text
FOR UPDATE;

-- switched
-- Note that a new version serves.
UPDATE projections.state
   SET position = %(position)s::bigint,
       version = %(version)s::integer,
       built = built + 1,
       state = 'following',
       reason = NULL,
       updated_at = now()
 WHERE model = %(model)s::text;

-- try_lock
-- Become the one process that feeds a model, for as long as this connection lives.
SELECT pg_try_advisory_lock(hashtextextended('allot projection ' || %(model)s::text, 0)) AS mine;

-- unfed
-- The models that nobody is that one process of: their lock, a bigint, in the halves it is shown in.
  SELECT model
    FROM projections.state
   WHERE NOT EXISTS (
           SELECT 1
             FROM pg_locks
            WHERE locktype = 'advisory'
              AND granted
              AND objsubid = 1
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND (classid::bigint << 32) | objid::bigint
                  = hashtextextended('allot projection ' || model, 0)
         )
ORDER BY model;

-- unlock
-- Let another process feed a model.
SELECT pg_advisory_unlock(hashtextextended('allot projection ' || %(model)s::text, 0));

-- search_path
-- Let statements without a schema speak about a model's tables.
SELECT set_config('search_path', %(schema)s::text, false);
