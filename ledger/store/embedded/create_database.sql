-- create_database
-- The database that Allot lives in, made once, by the single-user server that completes a cluster.
CREATE DATABASE allot;

