-- shares_of_unit
-- The shares of a unit, pool by pool.
CREATE INDEX shares_of_unit
          ON shares (unit, pool);

-- shares_of_pool
-- The shares of a pool.
CREATE INDEX shares_of_pool
          ON shares (pool, known_to);
