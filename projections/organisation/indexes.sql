-- units_by_id
-- One unit in both clocks.
CREATE INDEX units_by_id
          ON units (unit, valid_to);

-- units_of_parent
-- The children of a unit.
CREATE INDEX units_of_parent
          ON units (parent, valid_to);

-- delegations_of_person
-- What a person may do.
CREATE INDEX delegations_of_person
          ON delegations (to_person);

-- delegations_of_unit
-- Who may act for a unit.
CREATE INDEX delegations_of_unit
          ON delegations (unit);
