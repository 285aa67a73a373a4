"""A process whose thread is lost ends, so that whoever started it starts another."""

import subprocess
import sys

LOST = """
import threading
from api.ending import end_with_any_thread
from api.speaking import speak

speak()
{then}
end_with_any_thread()
threading.Thread(target=lambda: 1 // 0, name="committer").start()
threading.Event().wait(60)
"""


SILENT = "import structlog; structlog.configure(processors=[lambda *_: 1 // 0])"


def lose(then: str = "") -> subprocess.CompletedProcess[str]:
    """How a process that loses a thread has ended; it runs `then` before."""
    program = LOST.format(then=then)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=False
    )


def test_a_process_ends_with_any_thread_of_it_and_says_which() -> None:
    ended = lose()
    assert ended.returncode == 1
    assert "a thread has ended" in ended.stderr
    assert "thread=committer" in ended.stderr
    assert "ZeroDivisionError" in ended.stderr


def test_a_process_ends_with_any_thread_of_it_also_when_that_cannot_be_said() -> None:
    ended = lose(SILENT)
    assert (ended.returncode, ended.stdout) == (1, "")
