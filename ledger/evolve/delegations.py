"""How authority and the settings that decide change the state."""

from msgspec.structs import replace

from ledger.events import AuthorityDelegated, AuthorityRevoked, RulesSet
from ledger.evolve.changes import touch
from ledger.periods import Instant, open_end
from ledger.records import DelegationRecord, RulesRecord
from ledger.state import State


def authority_delegated(state: State, event: AuthorityDelegated) -> None:
    """A person may act."""
    given = event.data
    record = DelegationRecord(
        delegation=given.delegation,
        to=given.to,
        role=given.role,
        unit=given.unit,
        pools=given.pools,
        most=given.most,
        until=open_end(given.until),
        given_by=event.by,
        position=event.position,
    )
    put = state.journal.put
    put(state.delegations, given.delegation, record)
    put(state.of_person, given.to, (*state.of_person.get(given.to, ()), given.delegation))
    state.forget_standings()
    touch(state, given.unit, event.position)


def authority_revoked(state: State, event: AuthorityRevoked) -> None:
    """A delegation ends now."""
    held = state.delegations[event.data.delegation]
    until = min(held.until, event.effective_at)
    state.journal.put(state.delegations, held.delegation, replace(held, until=until))
    state.forget_standings()
    touch(state, held.unit, event.position)


def rules_set(state: State, event: RulesSet) -> None:
    """Settings that are named replace those that were, from its effective_at on."""
    fact = event.data
    record = RulesRecord(
        since=event.effective_at,
        position=event.position,
        second_person_from=fact.second_person_from,
        backdate_days=fact.backdate_days,
        notice_days=fact.notice_days,
    )
    said = (*state.rules.get(fact.pool, ()), record)
    state.journal.put(state.rules, fact.pool, tuple(sorted(said, key=_by_time)))


def _by_time(rules: RulesRecord) -> tuple[Instant, int]:
    return rules.since, rules.position
