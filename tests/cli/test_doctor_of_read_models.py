"""What the doctor finds of the read models, and of who feeds them."""

from pathlib import Path

import psycopg
import pytest

from api.cli.endings import REFUSED
from api.cli.founding import init
from projections.registry import MODELS
from tests.cli.doctoring import Look, change, followed, ill
from tests.support.postgres import only_reads


def test_a_read_model_that_stopped_is_named_with_its_reason(founded: str, look: Look) -> None:
    change(founded, "UPDATE projections.state SET state = 'stopped', reason = 'event 7' "
                    "WHERE model = 'holdings'")  # fmt: skip
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"read model holdings"})
    assert "event 7" in found["read model holdings"]["words"]
    assert "allot rebuild holdings" in found["read model holdings"]["remedy"]


def test_read_models_ahead_of_the_log_are_named(founded: str, look: Look) -> None:
    change(founded, "UPDATE projections.state SET position = 99 WHERE model = 'history'")
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"read model history"})
    assert "ahead of the log" in found["read model history"]["words"]
    assert "allot rebuild history" in found["read model history"]["remedy"]


def test_read_models_that_nobody_feeds_are_named_however_little_they_are_behind(
    alone: str, look: Look
) -> None:
    code, found = look()
    assert (code, ill(found)) == (REFUSED, {"follower"})
    assert found["follower"]["words"] == "nobody feeds the read models"
    assert "allot follow" in found["follower"]["remedy"]
    *most, last = MODELS
    with followed(alone, most):
        code, found = look()
        assert (code, ill(found)) == (REFUSED, {"follower"})
        assert found["follower"]["words"] == f"nobody feeds {last.name}"
        # That it stopped is said already, and following again would not help.
        change(alone, "UPDATE projections.state SET state = 'stopped', reason = 'event 7' "
                      "WHERE model = 'requests'")  # fmt: skip
        assert ill(look()[1]) == {f"read model {last.name}"}


def test_a_database_that_takes_only_reads_is_named_and_no_follower_missed(
    alone: str, look: Look
) -> None:
    with psycopg.connect(alone, autocommit=True) as owner, only_reads(owner):
        code, found = look()
    assert (code, ill(found)) == (REFUSED, {"writing"})
    assert "takes only reads" in found["writing"]["words"]
    assert "follower" not in found


def test_nobody_is_missed_where_the_server_runs_for_this_look_alone(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ALLOT_DATABASE_URL")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    init(founder="kim@lab", root="lab")
    code, found = look()
    assert (code, ill(found), "follower" in found) == (0, set(), False)
