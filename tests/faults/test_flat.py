"""Memory that is flat passes, and memory that leaks does not, however noisy either is."""

import random
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.faults.flat import EVENT_KIB, SLACK_KIB, Sample, is_flat, private_kib, rise_kib


def series(kib: Callable[[float], float], *, seconds: float = 60, events: int = 0) -> list[Sample]:
    """So many seconds, two samples in each."""
    return [
        Sample(seconds=at / 2, kib=round(kib(at / 2)), position=round(events * at / 2 / seconds))
        for at in range(round(2 * seconds))
    ]


def noise(at: float) -> float:
    """Up to 4 MiB, at each moment the same in every run."""
    return random.Random(at).uniform(0, 4096)


FLAT: dict[str, Callable[[float], float]] = {
    "level": lambda _: 200_000,
    "noisy": lambda at: 200_000 + noise(at),
    "warming up": lambda at: 200_000 - 100_000 / (1 + at),
    "a step": lambda at: 200_000 + 15_000 * (at > 40),
    "a peak": lambda at: 200_000 + 90_000 * (44 < at < 50),
    "falling": lambda at: 200_000 - 900 * at,
}
LEAKING: dict[str, Callable[[float], float]] = {
    "steady": lambda at: 200_000 + 700 * at,
    "noisy": lambda at: 200_000 + 700 * at + noise(at),
    "by steps": lambda at: 200_000 + 7_000 * (at // 10),
    "with peaks": lambda at: 200_000 + 700 * at + 90_000 * (at % 20 < 2),
}


@pytest.mark.parametrize("name", FLAT)
def test_flat_memory_passes(name: str) -> None:
    assert is_flat(series(FLAT[name]))


@pytest.mark.parametrize("name", LEAKING)
def test_leaking_memory_does_not(name: str) -> None:
    assert not is_flat(series(LEAKING[name]))


def test_what_events_take_up_is_no_leak_and_more_is() -> None:
    events = 60_000
    kept = EVENT_KIB * events / 60
    assert is_flat(series(lambda at: 200_000 + kept * at, events=events))
    assert not is_flat(series(lambda at: 200_000 + 1.4 * kept * at, events=events))


def test_a_slow_leak_shows_in_half_an_hour() -> None:
    # 20 KiB a second, with noise that hides it for a minute.
    leak = series(lambda at: 200_000 + 20 * at + noise(at), seconds=1800)
    assert is_flat(leak[:120])
    assert not is_flat(leak)


def test_too_little_is_not_judged() -> None:
    with pytest.raises(ValueError, match="tell nothing"):
        is_flat(series(lambda _: 1, seconds=5))
    with pytest.raises(ValueError, match="tell nothing"):
        is_flat([])


LEAK = "kept = []\nwhile input(): kept.append(b'x' * (4 << 20)); print(len(kept), flush=True)"
IDLE = "kept = 0\nwhile input(): kept += 1; b'x' * (4 << 20); print(kept, flush=True)"


@pytest.mark.parametrize(
    ("program", "flat"), [(IDLE, True), (LEAK, False)], ids=["idle", "leaking"]
)
def test_a_process_that_leaks_is_told_from_one_that_does_not(program: str, flat: bool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    samples: list[Sample] = []
    with process, process.stdin as said, process.stdout as heard:
        for second in range(24):
            said.write("on\n")
            said.flush()
            heard.readline()
            # Its own clock: a step is a second, however long it took.
            samples.append(Sample(seconds=second, kib=private_kib(process.pid), position=0))
        said.write("\n")
    assert process.returncode == 0
    assert private_kib(process.pid) == 0
    assert samples[0].kib > 1024
    assert is_flat(samples) == flat
    assert (rise_kib(samples) > SLACK_KIB) != flat
