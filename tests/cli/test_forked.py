"""A process that is forked from the nursery is what one that is started anew would be."""

import json
import os
import select
import signal
import subprocess
import sys
from typing import Any

import pytest

from api.cli.endings import USAGE
from tests.cli.running import PATIENCE_S, base_environ, begin, line_of
from tests.house.tree import TOP
from tests.support.forked import Forked, Process, fork

MODULE = "tests.support.beheld"
# Where no language is set, Python sets one of its own.
ENVIRON = {**base_environ(), "LANG": "C.UTF-8", "ALLOT_WORD": "of its own"}
# Two processes, whose ids it says, and an end that nobody hears of.
ABANDONED = f"""
import sys
from pathlib import Path
from tests.cli.running import base_environ, line_of
from tests.support.forked import fork
first, second = (fork("{MODULE}", "wait", environ=base_environ()) for _ in range(2))
line_of(first), line_of(second)
parent = Path(f"/proc/{{first.pid}}/stat").read_text().rpartition(")")[2].split()[1]
print(parent, first.pid, second.pid, flush=True)
sys.stdin.read()
"""


def behold(how: str) -> Forked:
    return fork(MODULE, "two", "words", how, environ=ENVIRON)


def left(process: Process, code: int) -> None:
    """It ends like that by itself."""
    assert process.wait(PATIENCE_S) == code
    assert process.poll() == code
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize(("how", "code"), [("0", 0), ("7", 7), ("raise", 1), ("warn", 1)], ids=str)
def test_its_exit_code_is_that_of_the_program(how: str, code: int) -> None:
    left(behold(how), code)


def test_it_is_told_of_in_the_words_of_the_program(capfd: pytest.CaptureFixture[str]) -> None:
    left(begin("no-such-verb", environ=base_environ()), USAGE)
    assert "no-such-verb" in capfd.readouterr().err


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_ends_it_is_its_code(told: signal.Signals) -> None:
    process = behold("wait")
    line_of(process)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.send_signal(told)
    left(process, -told)
    # Nobody is hit by what is sent to one that has ended.
    process.kill()


def test_it_sees_what_a_process_that_is_started_anew_sees() -> None:
    words = (sys.executable, "-m", MODULE, "two", "words", "0")
    anew = subprocess.run(
        words, cwd=TOP, env=ENVIRON, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
    )
    beside = behold("wait")
    process = behold("0")
    seen: dict[str, Any] = json.loads(line_of(process))
    left(process, 0)
    beside.kill()
    left(beside, -signal.SIGKILL)
    expected: dict[str, Any] = json.loads(anew.stdout)
    assert seen["environ"] == expected["environ"] == ENVIRON
    pipes = [one.pop("standard")[1].partition(":")[0] for one in (seen, expected)]
    assert pipes == ["pipe", "pipe"]
    assert seen == expected


def test_nothing_of_it_is_left_when_who_asked_for_it_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ABANDONED],
        cwd=TOP, env=base_environ(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as asker:  # fmt: skip
        assert asker.stdout is not None
        left_alone = [os.pidfd_open(int(pid)) for pid in asker.stdout.readline().split()]
        asker.kill()
    assert len(left_alone) == 3, "the nursery and both"
    for process in left_alone:
        assert select.select([process], [], [], PATIENCE_S)[0]
        os.close(process)
