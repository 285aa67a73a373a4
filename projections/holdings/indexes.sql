-- holdings_of_unit
-- What one unit has at an instant, as believed now: from the index alone, for a unit's rows lie far
-- apart in the table.
CREATE INDEX holdings_of_unit
          ON holdings (unit_number, fork, valid_to, valid_from, known_from)
     INCLUDE (account, quantity, grant_id)
       WHERE known_to = 9223372036854775807;

-- holdings_of_unit_once
-- What was believed once of one unit.
CREATE INDEX holdings_of_unit_once
          ON holdings (unit_number, fork, known_to, known_from)
     INCLUDE (valid_to, valid_from, account, quantity, grant_id)
       WHERE known_to < 9223372036854775807;

-- holdings_of_grant
-- One grant and what leaves it.
CREATE INDEX holdings_of_grant
          ON holdings (grant_id);

-- holdings_by_start
-- What starts or leaves in a period.
CREATE INDEX holdings_by_start
          ON holdings (valid_from);

-- holdings_by_end
-- What ends in a period.
CREATE INDEX holdings_by_end
          ON holdings (end_at)
       WHERE kind <= 2;

-- effects_by_block
-- What events did to units.
ALTER TABLE effects
        ADD PRIMARY KEY (block);

-- holdings_of_loan
-- The loans of a lender, and the lender of a loan.
CREATE INDEX holdings_of_loan
          ON holdings (other_grant)
       WHERE other_grant IS NOT NULL;

-- holdings_of_loans
-- What is lent and borrowed at an instant, as believed now or once.
CREATE INDEX holdings_of_loans
          ON holdings (fork, known_to, valid_to, valid_from, unit)
       WHERE other_grant IS NOT NULL;

-- shifts_by_position
-- What was told of all from one position to another, from the index alone. Every position is positive:
-- only who says so is about all, and a plan made while the table is small looks for a unit in its own.
CREATE INDEX shifts_by_position
          ON shifts (position)
     INCLUDE (at, account, quantity)
       WHERE position > 0;

-- shifts_of_unit
-- What was told of a unit from one position to another, from the index alone.
CREATE INDEX shifts_of_unit
          ON shifts (unit_number, position)
     INCLUDE (at, account, quantity);

-- accounts_of_unit
-- The accounts of a unit.
CREATE INDEX accounts_of_unit
          ON accounts (unit)
     INCLUDE (account);

-- hindsight_by_end
-- What was told later about an instant, of periods forked by its hour.
CREATE INDEX hindsight_by_end
          ON hindsight (fork, valid_to, position)
     INCLUDE (valid_from, account, quantity);

-- hindsight_by_start
-- The same of periods forked behind it.
CREATE INDEX hindsight_by_start
          ON hindsight (fork, valid_from, position)
     INCLUDE (account, quantity);

-- sums_by_position
-- The sums as believed by a position.
ALTER TABLE sums
        ADD PRIMARY KEY (position);

-- sums_by_time
-- The sums up to an instant.
CREATE INDEX sums_by_time
          ON sums (at, position);

-- outlook_of_unit
-- What was to come of a unit, as believed at a position.
ALTER TABLE outlook
        ADD PRIMARY KEY (position, unit_number);
