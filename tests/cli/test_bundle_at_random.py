"""Whatever is recorded can be restored: a copy of any history passes every check."""

import hypothesis
from hypothesis import given

from ledger.codec import encode
from tests.cli.copying import told
from tests.ledger.test_two_writers import PHASES, History, seeds


@hypothesis.settings(max_examples=15, phases=PHASES)
@given(seeds)
def test_a_copy_of_any_history_is_taken(seed: int) -> None:
    history = History(seed)
    history.live()
    content = b"".join(encode(event) + b"\n" for event in history.log.events)
    assert told(content).events == len(history.log.events)
