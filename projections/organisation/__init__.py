"""The dated facts around the holdings: pools, units, delegations and rules, in both clocks."""
