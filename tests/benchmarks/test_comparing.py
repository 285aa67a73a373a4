"""Two results are compared figure by figure, and only what is beyond their spread is a change."""

from pathlib import Path

from msgspec.structs import replace

from tests.benchmarks.comparing import alone, changes, read
from tests.benchmarks.figures import Gate, Measured, Spread
from tests.benchmarks.report import Report, write_json
from tests.benchmarks.test_report import HERE, ROW


def report(*rows: Measured) -> Report:
    return Report(conditions=HERE, measured=list(rows))


def test_a_result_that_was_written_is_read_back(tmp_path: Path) -> None:
    write_json(tmp_path / "then.json", HERE, [ROW])
    assert read(tmp_path / "then.json") == report(ROW)


def test_a_figure_whose_runs_overlap_has_not_changed() -> None:
    faster = replace(ROW, ours=Spread(7400, 7000, 7800))
    (ours, *_) = changes(report(ROW), report(faster))
    assert round(ours.ratio, 3) == 1.057
    assert not ours.is_beyond


def test_a_figure_whose_runs_lie_wholly_above_has_changed() -> None:
    faster = replace(ROW, ours=Spread(9000, 8000, 9500))
    (ours, *_) = changes(report(ROW), report(faster))
    assert ours.is_beyond


def test_ratios_to_peers_are_compared_as_well() -> None:
    found = [change.of for change in changes(report(ROW), report(ROW))]
    assert found == ["commands/s", "x library", "ms p99"]


def test_a_figure_whose_gate_failed_is_not_compared() -> None:
    void = replace(ROW, gates=(Gate("nothing lost", holds=False, found="9 of 10"),))
    assert not list(changes(report(ROW), report(void)))
    assert list(alone(report(ROW), report(void))) == ["S3, moves: a gate failed now"]


def test_what_only_one_of_them_measured_is_said() -> None:
    assert list(alone(report(ROW), report())) == ["S3, moves: not measured now"]
    assert list(alone(report(), report(ROW))) == ["S3, moves: not measured then"]
