-- settings
-- The server's version, the settings that make a commit last, and its clock.
SELECT current_setting('server_version_num')::integer AS version,
       current_setting('server_version') AS release,
       current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       clock_timestamp() AS now;

-- rights
-- What each role may do with the log, and whether this login may act as it.
  SELECT named.role,
         found.oid IS NOT NULL AS is_there,
         coalesce(has_table_privilege(found.oid, 'ledger.events', 'SELECT'), false) AS reads,
         coalesce(has_table_privilege(found.oid, 'ledger.events', 'INSERT'), false) AS adds,
         coalesce(pg_has_role(current_user, found.oid, 'MEMBER'), false) AS is_ours
    FROM unnest(%(roles)s::text[]) AS named (role)
    LEFT JOIN pg_roles AS found ON found.rolname = named.role
ORDER BY named.role;

-- seal
-- The newest seal, and the head that it covers.
  SELECT size, previous, root, frontier,
         (SELECT max(notification_id) FROM ledger.events) AS head
    FROM ledger.seal
ORDER BY size DESC
   LIMIT 1;

-- positions
-- Whether positions run from 1 without gaps.
SELECT count(*) AS events,
       coalesce(min(notification_id), 1)::bigint AS first,
       coalesce(max(notification_id), 0)::bigint AS last,
       (SELECT coalesce(max(size), 0)::bigint FROM ledger.seal) AS sealed
  FROM ledger.events;

-- kept
-- The tables of the record that are not there, and the triggers on them that were switched off.
  SELECT array_remove(array_agg(CASE WHEN to_regclass(name) IS NULL THEN name END), NULL) AS gone,
         (SELECT coalesce(array_agg(tgname::text ORDER BY tgname), '{}')
            FROM pg_trigger
            JOIN unnest(array_agg(to_regclass(name))) AS of_record (relation)
              ON tgrelid = of_record.relation
           WHERE tgenabled = 'D') AS off
    FROM unnest(ARRAY['ledger.events', 'ledger.receipts', 'ledger.seal', 'ledger.snapshots',
                      'ledger.tokens']) AS kept (name);
