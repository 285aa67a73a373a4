"""The page tells what was measured, what is missed, and what is no figure at all."""

from msgspec.structs import replace

from tests.benchmarks.effort import QUICK
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.report import Conditions, page

HERE = Conditions(
    at="2030-01-01 00:00 UTC", machine="abacus", cores=2, memory_gib=8, python="3.11",
    postgres="18", packages={"psycopg": "3"}, effort=QUICK, load_before=0.2, nice=0,
)  # fmt: skip
ROW = Measured(
    bar="S3",
    what="moves",
    ours=Spread(7000, 6500, 7500),
    probe=Spread(2000, 1900, 2100),
    peer=Spread(200, 190, 210),
    demands=(
        Demand(of="x library", figure=Spread(36, 34, 38), at_least=35),
        Demand(of="ms p99", figure=Spread(14, 13, 15), at_most=12),
    ),
    gates=(Gate("nothing lost", holds=True, found="10 of 10"),),
)


def missed(text: str) -> list[str]:
    """The lines under the heading Missed."""
    return text.partition("## Missed\n\n")[2].partition("\n\n")[0].splitlines()


def test_a_bar_that_is_missed_is_named_with_its_figure() -> None:
    assert missed(page(HERE, [ROW])) == ["- S3, moves: 14.0 [13.0 to 15.0] ms p99 (bar <= 12)."]


def test_where_every_bar_is_met_nothing_is_missed() -> None:
    met = replace(ROW, demands=ROW.demands[:1])
    assert missed(page(HERE, [met])) == ["Nothing."]


def test_a_figure_whose_gate_fails_is_no_figure() -> None:
    void = replace(ROW, gates=(Gate("nothing lost", holds=False, found="9 of 10"),))
    assert not void.counts
    text = page(HERE, [void])
    assert missed(text) == ["- S3, moves: a gate failed: no figure."]
    assert "**FAILED**, nothing lost: 9 of 10" in text
    assert "failed: no figure" in text


def test_ratios_are_taken_pair_by_pair() -> None:
    # The machine was twice as fast in the second run: for both.
    assert Spread.ratios([100, 200], [50, 100]) == Spread(2, 2, 2)


def test_a_run_beside_other_work_says_so() -> None:
    assert "busy with other work" not in page(HERE, [ROW])
    assert "busy with other work" in page(replace(HERE, load_before=7.5), [ROW])


def test_a_run_that_was_given_priority_says_so() -> None:
    assert "by its priority" not in page(HERE, [ROW])
    favoured = page(replace(HERE, nice=-10), [ROW])
    assert "by its priority" in favoured
    assert "nice -10" in favoured
