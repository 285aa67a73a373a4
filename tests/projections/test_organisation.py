"""Pools, units, delegations and rules at any instant, as recorded by any position."""

from ledger.facts import (
    Delegation,
    PoolClosing,
    PoolOpening,
    Revocation,
    Rules,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.periods import BEGINNING, EPOCH, FOREVER, Instant
from projections.organisation import read
from projections.organisation.model import ORGANISATION
from projections.organisation.tree import Run, members
from tests.projections.conftest import Log
from tests.support.facts import Book, day, named

LAB = UnitCreation(unit="lab", name="Lab", kind="company", parent=None)


def unit(name: str, parent: str) -> UnitCreation:
    """A team, named like its id."""
    return UnitCreation(unit=name, name=name, kind="team", parent=parent)


def lab() -> Book:
    """Two divisions; vision goes from apps to core on day 10, and ends on day 20."""
    book = Book()
    book.tell(LAB, on=EPOCH)
    book.tell(unit("apps", "lab"), unit("core", "lab"), on=day(1), recorded=day(1))
    book.tell(unit("vision", "apps"), on=day(2), recorded=day(2))
    book.tell(UnitMove(unit="vision", parent="core"), recorded=day(10))
    book.tell(UnitRenaming(unit="vision", name="Sight"), recorded=day(15))
    book.tell(UnitClosing(unit="vision", merged_into="core"), recorded=day(20))
    return book


def names(log: Log, at: Instant, known_at: int, under: str | None = None) -> dict[str, str]:
    """The units that exist, with their names."""
    found = read.units(log.connection, valid_at=at, known_at=known_at, under=under)
    return {one.unit: one.name for one in found}


def test_the_tree_is_that_of_the_instant_as_it_was_known(log: Log) -> None:
    book = lab()
    log.write(book)
    log.follow(2)
    assert sorted(names(log, day(5), 7)) == ["apps", "core", "lab", "vision"]
    assert sorted(names(log, day(5), 7, "apps")) == ["apps", "vision"]
    assert sorted(names(log, day(12), 7, "apps")) == ["apps"]
    assert sorted(names(log, day(12), 7, "core")) == ["core", "vision"]
    assert sorted(names(log, day(12), 4, "apps")) == ["apps", "vision"], "nobody knew of the move"
    assert names(log, day(16), 7, "vision") == {"vision": "Sight"}
    assert names(log, day(12), 7, "vision") == {"vision": "vision"}
    assert names(log, day(20), 7, "vision") == {}
    assert names(log, day(20), 6, "vision") == {"vision": "Sight"}
    assert names(log, day(1), 7, "vision") == {}
    way = read.path(log.connection, "vision", valid_at=day(12), known_at=7)
    assert [one.unit for one in way] == ["lab", "core", "vision"]
    assert [(one.since, one.closed_at, one.merged_into) for one in way][-1] == (
        day(2),
        day(20),
        "core",
    )


def test_a_way_that_came_round_would_end_there(log: Log) -> None:
    log.write(lab())
    log.follow()
    # No fact says so: the rows are made wrong by hand.
    log.connection.execute(
        "UPDATE proj_organisation.units SET parent = 'vision' WHERE unit = 'core'"
    )
    log.connection.execute("SET statement_timeout = '10s'")
    way = read.path(log.connection, "vision", valid_at=day(12), known_at=7)
    assert [one.unit for one in way] == ["core", "vision"]


def test_a_unit_is_known_when_it_exists_at_any_time(log: Log) -> None:
    log.write(lab())
    log.follow()
    known = [read.unit_known(log.connection, "vision", position) for position in (3, 4, 7)]
    assert known == [False, True, True]
    assert not read.unit_known(log.connection, "Vision", 7)


def test_names_of_what_exists_no_more_are_the_last(log: Log) -> None:
    log.write(lab())
    log.follow()
    at = {on: read.names(log.connection, valid_at=day(on), known_at=7) for on in (0, 12, 30)}
    assert [at[on]["vision"] for on in (0, 12, 30)] == ["vision", "vision", "Sight"]
    assert at[30]["lab"] == "Lab"


def test_membership_is_the_time_in_the_subtree(log: Log) -> None:
    log.write(lab())
    log.follow()
    at = {one: read.subtree_over_time(log.connection, one, 7) for one in ("apps", "core", "lab")}
    assert at["apps"] == [("apps", BEGINNING, FOREVER), ("vision", BEGINNING, day(10))]
    assert at["core"] == [("core", BEGINNING, FOREVER), ("vision", day(10), FOREVER)]
    assert at["lab"] == [(one, BEGINNING, FOREVER) for one in ("apps", "core", "lab", "vision")]
    assert read.subtree_over_time(log.connection, "nobody", 7) == []


def test_two_units_may_change_places_and_each_is_under_the_other_in_its_time() -> None:
    runs = [
        Run("top", None, day(0), FOREVER),
        Run("a", "top", day(0), day(5)),
        Run("b", "a", day(0), day(5)),
        Run("b", "top", day(5), FOREVER),
        Run("a", "b", day(5), FOREVER),
    ]
    assert members("a", runs) == [("a", BEGINNING, FOREVER), ("b", BEGINNING, day(5))]
    assert members("b", runs) == [("a", day(5), FOREVER), ("b", BEGINNING, FOREVER)]
    assert members("top", runs) == [(one, BEGINNING, FOREVER) for one in ("a", "b", "top")]


def test_pools_open_and_close(log: Log) -> None:
    book = Book()
    book.tell(PoolOpening(pool="h100", title="H100", unit_label="gpu", granule=8), on=day(1))
    book.tell(PoolClosing(pool="h100"), recorded=day(9))
    log.write(book)
    log.follow()

    def pools(at: int, known_at: int, *, closed: bool = True) -> list[read.Pool]:
        return read.pools(log.connection, valid_at=day(at), known_at=known_at, closed=closed)

    assert pools(0, 2) == []
    assert pools(5, 1) == [read.Pool("h100", "H100", "gpu", 8, day(1), FOREVER)]
    assert pools(5, 2) == [read.Pool("h100", "H100", "gpu", 8, day(1), day(9))]
    assert pools(9, 2) == pools(5, 2)
    assert pools(9, 2, closed=False) == []
    known = [read.pool_known(log.connection, "h100", position) for position in (0, 1, 2)]
    assert known == [False, True, True]


def test_delegations_hold_from_when_they_are_given_until_they_end(log: Log) -> None:
    book = Book()
    book.tell(LAB)
    given = Delegation(
        delegation=named("d"), to="bob", role="lead", unit="lab", pools=("h100",), most=64,
        until=day(30),
    )  # fmt: skip
    book.tell(given, recorded=day(3))
    book.tell(Delegation(delegation=named("e"), to="cleo", role="auditor", unit="apps"))
    book.tell(Revocation(delegation=named("d")), recorded=day(10))
    log.write(book)
    log.follow(1, restarting=True)

    def held(at: int, known_at: int, person: str | None = None, over: list[str] | None = None):
        found = read.delegations(
            log.connection, valid_at=day(at), known_at=known_at, person=person, over=over
        )
        return [(one.to, one.until, one.revoked, one.position) for one in found]

    bob, cleo = ("bob", day(10), True, 2), ("cleo", FOREVER, False, 3)
    assert held(5, 4) == [cleo, bob]
    assert held(5, 4, "bob") == held(5, 4, over=["lab"]) == [bob]
    assert held(5, 3, "bob") == [("bob", day(30), False, 2)]
    assert held(10, 4) == held(10, 4, "cleo") == [cleo]
    assert held(2, 4) == []
    (one,) = read.delegations(log.connection, valid_at=day(5), known_at=4, person="bob")
    assert (one.pools, one.most, one.given_by, one.role) == (["h100"], 64, "ann", "lead")


def test_delegations_that_were_in_force_end_in_the_period_of_their_end(log: Log) -> None:
    book = Book()
    book.tell(LAB)
    for name, until in (("d", 20), ("e", 30)):
        book.tell(
            Delegation(delegation=named(name), to="bob", role="lead", unit="lab", until=day(until)),
            recorded=day(3),
        )
    book.tell(Delegation(delegation=named("f"), to="cleo", role="lead", unit="lab"), on=day(25))
    book.tell(Revocation(delegation=named("f")), recorded=day(22))
    log.write(book)
    log.follow(1, restarting=True)

    def ended(start: int, end: int, known_at: int) -> list[tuple[str, Instant, int]]:
        found = read.delegations_ending(
            log.connection, start=day(start), end=day(end), known_at=known_at
        )
        return [(one.to, one.until, one.position) for one in found]

    assert ended(20, 31, 5) == [("bob", day(20), 2), ("bob", day(30), 3)]
    assert ended(20, 30, 5) == [("bob", day(20), 2)]
    assert ended(21, 30, 5) == [], "who never began does not end"


def test_rules_keep_what_a_later_setting_leaves_out(log: Log) -> None:
    book = Book()
    book.tell(Rules(backdate_days=7), on=EPOCH)
    book.tell(Rules(pool="h100", second_person_from=64), recorded=day(2))
    book.tell(Rules(notice_days=3), recorded=day(5))
    log.write(book)
    log.follow(1, restarting=True)

    def rules(at: int, known_at: int) -> list[read.Rules]:
        return read.rules(log.connection, valid_at=day(at), known_at=known_at)

    of_h100 = read.Rules("h100", 64, None, None, day(2))
    assert rules(1, 3) == [read.Rules(None, None, 7, None, EPOCH)]
    assert rules(3, 3) == [read.Rules(None, None, 7, None, EPOCH), of_h100]
    assert rules(6, 3) == [read.Rules(None, None, 7, 3, day(5)), of_h100]
    assert rules(6, 2) == [read.Rules(None, None, 7, None, EPOCH), of_h100]


def test_a_corrected_move_changes_where_a_unit_was_and_not_what_was_believed(log: Log) -> None:
    book = lab()
    book.correct(5, UnitMove(unit="vision", parent="core"), on=day(5))
    book.correct(5, None)
    book.correct(5, UnitMove(unit="vision", parent="lab"), on=day(10))
    log.write(book)
    log.follow(1, restarting=True, models=(ORGANISATION,))

    def parents(known_at: int) -> list[str | None]:
        return [
            read.path(log.connection, "vision", valid_at=day(at), known_at=known_at)[-1].parent
            for at in (4, 7, 12, 16)
        ]

    assert parents(7) == ["apps", "apps", "core", "core"]
    assert parents(8) == ["apps", "core", "core", "core"]
    assert parents(9) == ["apps", "apps", "apps", "apps"]
    assert parents(10) == ["apps", "apps", "lab", "lab"]
    assert names(log, day(16), 10, "vision") == {"vision": "Sight"}, "the later name stays"
    assert names(log, day(20), 10, "vision") == {}, "and so does its end"


def test_a_unit_may_turn_out_to_have_begun_later_ended_otherwise_or_never(log: Log) -> None:
    book = lab()
    book.correct(4, unit("vision", "apps"), on=day(3))
    book.correct(7, UnitClosing(unit="vision", merged_into="apps"), on=day(18))
    book.correct(7, None)
    book.correct(4, None)
    book.correct(4, UnitCreation(unit="vision", name="Eye", kind="project", parent="apps"))
    log.write(book)
    log.follow(1, restarting=True, models=(ORGANISATION,))

    def vision(at: int, known_at: int) -> tuple[str, Instant, Instant, str | None] | None:
        way = read.path(log.connection, "vision", valid_at=day(at), known_at=known_at)
        return None if not way else (
            way[-1].name, way[-1].since, way[-1].closed_at, way[-1].merged_into
        )  # fmt: skip

    assert vision(2, 7) == ("vision", day(2), day(20), "core")
    assert vision(2, 8) is None
    assert vision(3, 8) == ("vision", day(3), day(20), "core")
    assert (vision(17, 9), vision(18, 9)) == (("Sight", day(3), day(18), "apps"), None)
    assert vision(30, 10) == ("Sight", day(3), FOREVER, None)
    assert vision(30, 11) is None
    assert not read.unit_known(log.connection, "vision", 11)
    assert vision(12, 12) == ("Eye", day(2), FOREVER, None)


def test_a_corrected_pool_keeps_what_is_said_of_its_end(log: Log) -> None:
    book = Book()
    book.tell(PoolOpening(pool="h100", title="H100", unit_label="gpu", granule=8), on=day(1))
    book.tell(PoolClosing(pool="h100"), recorded=day(9))
    book.correct(1, PoolOpening(pool="h100", title="Hopper", unit_label="gpu", granule=8))
    book.correct(2, None)
    book.correct(2, PoolClosing(pool="h100"), on=day(12))
    book.correct(1, None)
    log.write(book)
    log.follow(1, restarting=True, models=(ORGANISATION,))
    told = [
        [(one.title, one.closed_at) for one in found]
        for known_at in range(2, 7)
        for found in [read.pools(log.connection, valid_at=day(5), known_at=known_at)]
    ]
    assert told == [
        [("H100", day(9))], [("Hopper", day(9))], [("Hopper", FOREVER)], [("Hopper", day(12))], [],
    ]  # fmt: skip


def test_what_takes_effect_last_holds_whatever_was_recorded_first(log: Log) -> None:
    book = Book()
    book.tell(LAB, on=EPOCH)
    book.tell(UnitRenaming(unit="lab", name="First"), recorded=day(2))
    book.tell(UnitRenaming(unit="lab", name="Second"), recorded=day(4))
    book.correct(2, UnitRenaming(unit="lab", name="First"), on=day(6), recorded=day(9))
    log.write(book)
    log.follow(1, restarting=True, models=(ORGANISATION,))
    told = [names(log, day(at), known_at)["lab"] for known_at in (3, 4) for at in (3, 5, 7)]
    assert told == ["First", "Second", "Second", "Lab", "Second", "First"]
