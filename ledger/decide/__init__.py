"""Which events does a command make, or why not: one module for each noun, dispatched here."""

from typing import assert_never

from ledger.commands import (
    AnyCommand,
    Correct,
    Extend,
    ForecastRelease,
    Grant,
    Lend,
    Note,
    Reallocate,
    Release,
    Single,
    legs_of,
)
from ledger.decide import (
    answering,
    capacity,
    delegations,
    extensions,
    forecasts,
    grants,
    loans,
    notes,
    organisation,
    pledges,
    rates,
    releases,
    requests,
    rules,
    splits,
    unseen,
)
from ledger.decide.budgeting import judge_budgets
from ledger.decide.corrections import correct
from ledger.decide.existence import request_named
from ledger.decide.judging import Judging
from ledger.decide.limits import Shortage, judge_limits
from ledger.decide.outcome import judge_corrections
from ledger.decide.promises import judge_promises
from ledger.decide.reallocations import reallocate
from ledger.decide.seen import changed_since
from ledger.events import Recorded
from ledger.organising import (
    ChangeCapacity,
    ClosePool,
    CloseUnit,
    CreateUnit,
    Delegate,
    MoveUnit,
    OpenPool,
    RenameUnit,
    Revoke,
    SetRules,
    Split,
)
from ledger.pledging import Pledge, RevisePledge, SetRate, WithdrawPledge
from ledger.requesting import AmendRequest, Appeal, DecideRequest, Request, WithdrawRequest


def decide(judging: Judging, command: AnyCommand) -> tuple[tuple[Recorded, ...], Shortage | None]:
    """Try every leg in order, then judge rights and limits of the whole decision.

    Returns the events to record, and the shortage that forbids them if there is one. Raises the
    Refusal of the first rule that says no. The state has changed either way: who holds it keeps
    that or takes it back.
    """
    judging.stale = changed_since(judging.state, command, command, judging.facts)
    if judging.confirmed is not None:
        judging.stale |= judging.confirmed.changed
    legs = legs_of(command)
    if unseen.needed(legs):
        judging.unseen = unseen.Unseen(judging.state)
    for index, leg in enumerate(legs):
        if leg is not command:
            judging.begin_leg(index, leg)
        if judging.request is not None:
            request_named(judging, judging.request)
        decide_leg(judging, leg)
    if len(legs) > 1:
        grants.mind_all_again(judging)
    if judging.corrected:
        judge_corrections(judging)
    judge_promises(judging)
    events = judging.events()
    shortage = judge_limits(judging)
    if shortage is None and judging.counted_measures:
        judge_budgets(judging)
    return events, shortage


def decide_leg(judging: Judging, command: Single) -> None:
    """Judge one ask by itself and try its events on the state."""
    match command:
        case Grant():
            grants.grant(judging, command)
        case Release():
            releases.release(judging, command)
        case Reallocate():
            reallocate(judging, command)
        case Extend():
            extensions.extend(judging, command)
        case Lend():
            loans.lend(judging, command)
        case ForecastRelease():
            forecasts.forecast(judging, command)
        case Correct():
            correct(judging, command)
        case Request() | AmendRequest() | WithdrawRequest() | DecideRequest() | Appeal():
            _decide_on_request(judging, command)
        case Split():
            splits.split(judging, command)
        case Pledge() | RevisePledge() | WithdrawPledge():
            _decide_on_pledge(judging, command)
        case SetRate():
            rates.set_rate(judging, command)
        case SetRules():
            rules.set_rules(judging, command)
        case ChangeCapacity():
            capacity.change_capacity(judging, command)
        case OpenPool():
            capacity.open_pool(judging, command)
        case ClosePool():
            capacity.close_pool(judging, command)
        case CreateUnit():
            organisation.create_unit(judging, command)
        case RenameUnit():
            organisation.rename_unit(judging, command)
        case MoveUnit():
            organisation.move_unit(judging, command)
        case CloseUnit():
            organisation.close_unit(judging, command)
        case Delegate():
            delegations.delegate(judging, command)
        case Revoke():
            delegations.revoke(judging, command)
        case Note():
            notes.note(judging, command)
        case _:
            assert_never(command)


def _decide_on_request(
    judging: Judging, command: Request | AmendRequest | WithdrawRequest | DecideRequest | Appeal
) -> None:
    match command:
        case Request():
            requests.request(judging, command)
        case AmendRequest():
            requests.amend(judging, command)
        case WithdrawRequest():
            requests.withdraw(judging, command)
        case DecideRequest():
            answering.decide_request(judging, command)
        case Appeal():
            requests.appeal(judging, command)


def _decide_on_pledge(judging: Judging, command: Pledge | RevisePledge | WithdrawPledge) -> None:
    match command:
        case Pledge():
            pledges.pledge(judging, command)
        case RevisePledge():
            pledges.revise(judging, command)
        case WithdrawPledge():
            pledges.withdraw(judging, command)
