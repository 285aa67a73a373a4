"""A process whose thread is lost ends, so that whoever started it starts another."""

import subprocess
import sys

LOST = """
import threading
from api.ending import end_with_any_thread
from api.speaking import speak

speak()
end_with_any_thread()
threading.Thread(target=lambda: 1 // 0, name="committer").start()
threading.Event().wait(60)
"""


def test_a_process_ends_with_any_thread_of_it_and_says_which() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOST], capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == 1
    assert "a thread has ended" in ended.stderr
    assert "thread=committer" in ended.stderr
    assert "ZeroDivisionError" in ended.stderr
