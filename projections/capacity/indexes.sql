-- levels_of_pool
-- One pool in both clocks.
CREATE INDEX levels_of_pool
          ON levels (pool, valid_to);

-- changes_of_pool
-- Every fact about a pool.
CREATE INDEX changes_of_pool
          ON changes (pool);
