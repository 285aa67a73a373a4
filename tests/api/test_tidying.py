"""Waste is looked for in what came lately alone."""

import gc
import weakref

from api.tidying import TIDY_EVERY, tidied


class Loop:
    """What only a look for cycles lets go of."""

    def __init__(self) -> None:
        self.itself = self


def test_waste_is_looked_for_after_some_events_among_what_came_since() -> None:
    with tidied() as after:
        assert not gc.isenabled()
        waste = weakref.ref(Loop())
        after(TIDY_EVERY - 1)
        assert waste() is not None
        after(1)
        assert waste() is None
        kept = Loop()
        after(TIDY_EVERY)
        old = weakref.ref(kept)
        del kept
        after(TIDY_EVERY)
        assert old() is not None, "what was kept once is not looked through again"
    assert gc.isenabled()
    gc.collect()
    assert old() is None
