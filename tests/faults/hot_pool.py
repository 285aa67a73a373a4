"""One pool that everybody wants, at two processes at once; what was told, shown and recorded of it.

lab = furnish(one.url, ...)
hot = crowd([one.url, other.url], lab, seconds=15)
assert complaints(hot) == []
"""

import itertools
import random
import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from ledger.log import StoredEvent
from tests.faults.tails import end, follow, misread
from tests.support.books import overcommitted
from tests.support.committing import until
from tests.support.lab import POOL, Lab
from tests.support.looks import Look, foretold, looks_out_of_order, position_of, untrue
from tests.support.oracle import differences, gaps, out_of_order, whole_log
from tests.support.people import Person, Told, at_once
from tests.support.tailing import Reader

DATES = tuple(f"21{year}-01-01T00:00:00.000000Z" for year in (50, 60, 70))
"""Far ahead: what is dated there stays ahead while the crowd is at work."""
WORDS = {"reason_code": "strategic_priority", "reason": "The training run starts on Monday"}
PATIENCE_S = 60
"""As long as a look may wait: how soon the read models follow is the machine's matter."""
Asking = tuple[str, dict[str, object]]


class Hot(Struct, frozen=True, kw_only=True):
    """Everything that people were told and shown, the log, and those who followed it."""

    told: Sequence[Told]
    looks: Sequence[Look]
    log: Sequence[StoredEvent]
    readers: Sequence[Reader]

    @property
    def first(self) -> list[Told]:
        """The first answer to each key."""
        return [one for one in self.told if not one.replayed]

    @property
    def again(self) -> list[Told]:
        """The answers to keys that had been answered."""
        return [one for one in self.told if one.replayed]


def crowd(
    urls: Sequence[str],
    lab: Lab,
    database: str,
    *,
    each: int,
    seconds: float,
    acts: int = 0,
    pause_s: float = 0,
    wait_s: int = PATIENCE_S,
    beside: Sequence[Callable[[float], None]] = (),
) -> Hot:
    """Let `each` people act at each process for so long, while readers follow at every one.

    Everybody acts at least so often, however slow the machine, pauses so long between two acts,
    and waits so long at most for the read models. What goes on `beside` them is told until when
    (monotonic seconds).
    """
    _see_the_lab(urls[0], lab)
    readers = follow(*(lambda url=url: url for url in urls))
    people = [
        _Regular(urls, lab.operators[number], lab, number, wait_s)
        for number in range(each * len(urls))
    ]
    deadline = time.monotonic() + seconds
    others = [lambda other=other: other(deadline) for other in beside]
    at_once([*(_acting(person, deadline, acts, pause_s) for person in people), *others])
    last = end(urls[0], by=lab.operators[0], unit=lab.teams[0])
    return Hot(
        told=[*(told for person in people for told in person.told), last],
        looks=[look for person in people for look in person.looks],
        log=whole_log(database),
        readers=readers,
    )


def _see_the_lab(url: str, lab: Lab) -> None:
    """Wait until whoever looks finds the pool: the read models follow a moment later."""
    person = Person(url, lab.operators[0])
    until(lambda: person.look(f"/v1/capacity?pool={POOL}")[0] == 200)
    person.hang_up()


def complaints(hot: Hot) -> list[str]:
    """Everything that is not as promised, in words; waits until the readers have seen the end."""
    found = [f"the log does not go on at {position}" for position in gaps(hot.log)]
    found += [f"overcommitted after {position}" for position in overcommitted(hot.log)]
    found += [f"answered otherwise: {one}" for one in differences(hot.log, hot.first)]
    found += [f"{later} stands before {earlier}" for earlier, later in out_of_order(hot.told)]
    found += _answered_twice(hot)
    looks = [look for look in hot.looks if look.status == 200]
    found += foretold(hot.told, looks)
    found += untrue(hot.log, looks)
    found += looks_out_of_order(looks, hot.told)
    found += [f"{one.what}: {one.status} {one.body!r}" for one in hot.looks if one.status != 200]
    return found + misread(hot.readers, hot.log)


def _answered_twice(hot: Hot) -> list[str]:
    """Keys that were answered anew, or otherwise than at first."""
    answers: dict[tuple[str, str], tuple[int, bytes]] = {}
    found: list[str] = []
    for one in hot.first:
        key = (one.asked.by, one.asked.key)
        if key in answers:
            found.append(f"{key} was judged twice")
        answers[key] = one.answer
    return found + [
        f"{one.asked.key} was answered otherwise when asked again"
        for one in hot.again
        if answers.get((one.asked.by, one.asked.key)) != one.answer
    ]


def _acting(person: "_Regular", deadline: float, acts: int, pause_s: float) -> Callable[[], None]:
    def act() -> None:
        try:
            for number in itertools.count(1):
                person.act()
                time.sleep(pause_s)
                if number >= acts and time.monotonic() >= deadline:
                    break
        finally:
            person.hang_up()

    return act


class _Event(Struct, frozen=True):
    topic: str
    data: "_Made"


class _Made(Struct, frozen=True):
    grant: str = ""


class _Body(Struct, frozen=True):
    events: tuple[_Event, ...] = ()


class _Regular:
    """One person: asks at one process, repeats at the other, looks at either."""

    def __init__(self, urls: Sequence[str], name: str, lab: Lab, seed: int, wait_s: int) -> None:
        self.told: list[Told] = []
        self.looks: list[Look] = []
        self._lab = lab
        self._prefix = str(seed)
        self._wait_s = wait_s
        self._random = random.Random(seed)
        self._grants: list[str] = []
        self._oldest = self._newest = 0
        here = seed % len(urls)
        self._here = Person(urls[here], name)
        self._there = Person(urls[here - 1], name)

    def hang_up(self) -> None:
        """Let go of the connections."""
        self._here.hang_up()
        self._there.hang_up()

    def act(self) -> None:
        """Do one of the things that people do."""
        what = self._random.random()
        if self.told and what < 0.06:
            self._keep(self._there.repeat(self._random.choice(self.told).asked))
        elif what < 0.25:
            self._look(self._random.choice((self._here, self._there)))
        else:
            do, fields = self._something()
            self._keep(self._here.ask(do, {**WORDS, **fields}, f"{self._prefix}:{len(self.told)}"))

    def _keep(self, told: Told) -> None:
        self.told.append(told)
        self._oldest = self._oldest or told.position
        self._newest = max(self._newest, told.position)
        if told.status == 201 and told.asked.do == "grant":
            self._grants = [
                *self._grants[-9:],
                *(one.data.grant for one in msgspec.json.decode(told.body, type=_Body).events),
            ]

    def _something(self) -> Asking:
        rng = self._random
        one, other = rng.sample(self._lab.teams, 2)
        what = rng.randrange(20)
        if what < 9:
            return "grant", self._grant(one)
        if what < 13:
            return "release", self._release(one)
        if what < 17:
            return "reallocate", self._move(one, other)
        if what < 18 and self._grants:
            ends = rng.choice((None, *DATES))
            return "extend", {"grant": rng.choice(self._grants), "ends_at": ends}
        legs = [
            {"do": "release", **self._release(one)},
            {"do": "grant", **self._grant(other)},
            {"do": "reallocate", **self._move(other, one)},
        ]
        return "decision", {"legs": rng.sample(legs, 2)}

    def _grant(self, unit: str) -> dict[str, object]:
        rng = self._random
        fields: dict[str, object] = {
            "pool": POOL, "unit": unit, "quantity": rng.randrange(1, 25),
            "borrowed": rng.random() < 0.3,
        }  # fmt: skip
        starts, ends = rng.choice(((None, None),) * 4 + ((None, 0), (None, 1), (0, 1), (1, None)))
        if starts is not None:
            fields["starts_at"] = DATES[starts]
        if ends is not None:
            fields["ends_at"] = DATES[ends]
        return fields

    def _release(self, unit: str) -> dict[str, object]:
        rng = self._random
        fields: dict[str, object] = {"pool": POOL, "unit": unit, "quantity": rng.randrange(1, 17)}
        match rng.randrange(8):
            case 0:
                fields["quantity"] = "all"
                fields["future"] = rng.random() < 0.5
            case 1:
                fields["effective_at"] = rng.choice(DATES)
            case _:
                pass
        return fields

    def _move(self, source: str, to: str) -> dict[str, object]:
        quantity = self._random.randrange(1, 17)
        return {"pool": POOL, "from": [{"unit": source, "quantity": quantity}], "to": to}

    def _look(self, at: Person) -> None:
        rng = self._random
        what = rng.choice(("holdings", "holdings", "capacity"))
        minimum = self._newest if rng.random() < 0.5 else 0
        valid_at = rng.choice(DATES) if rng.random() < 0.3 else ""
        known_at = 0
        if self._oldest and rng.random() < 0.2:
            minimum, known_at = self._newest, rng.randrange(self._oldest, self._newest + 1)
        self.looks.append(look(at, what, minimum, valid_at, known_at, wait_s=self._wait_s))
        shown = self.looks[-1]
        if shown.status == 200:
            self._newest = max(self._newest, position_of(shown))


def look(
    person: Person,
    what: str,
    min_position: int = 0,
    valid_at: str = "",
    known_at: int = 0,
    *,
    wait_s: int = PATIENCE_S,
) -> Look:
    """Look at the pool as a person would: at what is left out, as of now."""
    asked = {"min_position": min_position, "valid_at": valid_at, "known_at": known_at}
    query = "".join(f"&{name}={value}" for name, value in asked.items() if value)
    sent = time.monotonic()
    status, body = person.look(f"/v1/{what}?pool={POOL}&wait_s={wait_s}{query}")
    return Look(
        what="capacity" if what == "capacity" else "holdings",
        min_position=0 if known_at else min_position,
        valid_at=valid_at,
        known_at=known_at,
        status=status,
        body=body,
        sent=sent,
        received=time.monotonic(),
    )
