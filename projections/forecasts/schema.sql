-- forecasts
-- The one live forecast of a grant, as believed from one position to another: the newer one, a
-- withdrawal and a correction of the grant end it. Steps are JSON, [[quantity, expected_at], ...];
-- `revised` counts the live forecasts of the grant that it followed since nothing was expected.
CREATE TABLE forecasts (
  id          bigint      NOT NULL PRIMARY KEY,
  grant_id    uuid        NOT NULL,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  position    bigint      NOT NULL,
  recorded_at timestamptz NOT NULL,
  steps       text        NOT NULL,
  confidence  text        NOT NULL CHECK (confidence IN ('low', 'medium', 'high')),
  revised     bigint      NOT NULL CHECK (revised >= 0),
  ends_at     timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- predictions
-- Each step of each forecast, superseded or not: by expected_at, `quantity` more of the grant was to
-- be back, and `total` since the forecast at `position` was recorded.
CREATE TABLE predictions (
  id          bigint      NOT NULL PRIMARY KEY,
  position    bigint      NOT NULL,
  step        bigint      NOT NULL,
  grant_id    uuid        NOT NULL,
  pool        text        NOT NULL,
  unit        text        NOT NULL,
  quantity    bigint      NOT NULL CHECK (quantity > 0),
  total       bigint      NOT NULL CHECK (total >= quantity),
  expected_at timestamptz NOT NULL,
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- departures
-- What left a grant for good from an instant on, by what was recorded at `made`, behind its first
-- forecast. No quantity stands for all that is left of it: its end.
CREATE TABLE departures (
  id          bigint      NOT NULL PRIMARY KEY,
  grant_id    uuid        NOT NULL,
  made        bigint      NOT NULL,
  at          timestamptz NOT NULL,
  quantity    bigint      CHECK (quantity > 0),
  known_from  bigint      NOT NULL,
  known_to    bigint      NOT NULL,
  CHECK (known_from < known_to)
);

-- said
-- What the event at a position says of a grant, by itself or by its correction, so that what follows
-- can be folded with it: JSON.
CREATE TABLE said (
  grant_id    uuid        NOT NULL,
  position    bigint      NOT NULL,
  parts       text        NOT NULL,
  PRIMARY KEY (grant_id, position)
);
