-- said_standing
-- All that is said of pools, rates, rules and units, as believed, in the order of the log.
  SELECT id, position, topic, effective_at, said
    FROM said
   WHERE known_to = 9223372036854775807
ORDER BY position;

-- pools_standing
-- Every pool as believed.
  SELECT id, pool, title, unit_label, granule, opened_at, closed_at
    FROM pools
   WHERE known_to = 9223372036854775807
ORDER BY id;

-- units_standing
-- Every unit as believed, in order of time.
  SELECT id, unit, name, kind, parent, since, closed_at, merged_into, valid_from, valid_to
    FROM units
   WHERE known_to = 9223372036854775807
ORDER BY valid_from, id;

-- delegations_standing
-- Every delegation as believed.
  SELECT id, delegation::text, to_person, role, unit, pools, most, since, until, given_by, revoked
    FROM delegations
   WHERE known_to = 9223372036854775807
ORDER BY id;

-- rules_standing
-- All rules as believed, in order of time.
  SELECT id, pool, second_person_from, backdate_days, notice_days, valid_from, valid_to
    FROM rules
   WHERE known_to = 9223372036854775807
ORDER BY valid_from, id;

-- rates_standing
-- All rates as believed, in order of time.
  SELECT id, pool, h100_milli, position, valid_from, valid_to
    FROM rates
   WHERE known_to = 9223372036854775807
ORDER BY valid_from, id;
