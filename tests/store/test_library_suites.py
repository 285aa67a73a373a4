"""The library's own suites for whatever records: each test is run on ours, or it says why not."""

import inspect
import sys
import unittest
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import psycopg
import pytest
from eventsourcing import cryptography
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from msgspec import Struct

from ledger.store.recorder import LedgerDatastore, LedgerRecorder
from tests.support.memory_log import MemoryLog

# A table as the library makes it: many streams, ids from a sequence. Ours is stricter than what
# the suites do to it: it keeps one stream, from position 1.
MANY_STREAMS = """
    DROP TABLE ledger.events CASCADE;
    CREATE TABLE ledger.events (
      originator_id       uuid      NOT NULL,
      originator_version  bigint    NOT NULL,
      topic               text,
      state               bytea,
      notification_id     bigserial,
      PRIMARY KEY (originator_id, originator_version)
    );
    CREATE UNIQUE INDEX events_notification_id_idx ON ledger.events (notification_id);
"""


def library_suites() -> ModuleType:
    """The library's module of suites, whose mapper's tests want a cipher we do not install."""
    sys.modules.setdefault("eventsourcing.cipher", cryptography)
    from eventsourcing.tests import persistence

    return persistence


SUITES = library_suites()


class WithoutIds(LedgerRecorder):
    """What an aggregate's recorder is to be: the same, but the ids are not told."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class InPostgres:
    """Gives a suite the recorder of the log in PostgreSQL."""

    kind = LedgerRecorder

    @pytest.fixture(autouse=True)
    def _recorder(self, migrated_database: str) -> Iterator[None]:
        with psycopg.connect(migrated_database) as connection:
            connection.execute(MANY_STREAMS)
        with LedgerDatastore(migrated_database, readers_max=16) as datastore:
            self.recorder = self.kind(datastore)
            yield

    def create_recorder(self) -> LedgerRecorder:
        return self.recorder


class InMemory:
    """Gives a suite the recorder of the log in memory."""

    def create_recorder(self) -> ApplicationRecorder:
        return MemoryLog().recorder


class TestTheApplicationSuiteInPostgres(InPostgres, SUITES.ApplicationRecorderTestCase):
    """`insert_events`, ids, notifications, topics, conflicts, subscriptions, many threads."""

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTheAggregateSuiteInPostgres(InPostgres, SUITES.AggregateRecorderTestCase):
    """`select_events` from, to, newest first, so many; a conflict stores nothing of a write."""

    kind = WithoutIds


class TestTheInterleavingSuiteInPostgres(InPostgres, SUITES.NonInterleavingNotificationIDsBaseCase):
    """Two writers of a thousand events each: the ids of one never lie among the other's."""


class TestTheApplicationSuiteInMemory(InMemory, SUITES.ApplicationRecorderTestCase):
    """The same of the log that tests of the core run on."""

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTheInterleavingSuiteInMemory(InMemory, SUITES.NonInterleavingNotificationIDsBaseCase):
    """The same of the log that tests of the core run on."""


class Unfit(Struct, frozen=True):
    """Tests of the library that are not run on ours, and why."""

    why: str
    tests: str


RUN = {
    "ApplicationRecorderTestCase": (
        "optional_test_insert_subscribe test_concurrent_no_conflicts test_concurrent_throughput"
        " test_insert_select test_performance"
    ),
    "AggregateRecorderTestCase": "test_insert_and_select test_performance",
    "NonInterleavingNotificationIDsBaseCase": "test",
}
DO_NOT_APPLY = {
    "RecorderTestCase": Unfit("the base of the others: it has no test", ""),
    "TrackingRecorderTestCase": Unfit(
        "the recorder tracks nothing: each read model keeps its position beside its own rows, "
        "which tests/projections/test_follow.py holds",
        "test_insert_tracking test_wait",
    ),
    "ProcessRecorderTestCase": Unfit(
        "the same: what follows the log never writes events, so none are tracked beside them",
        "test_has_tracking_id test_insert_select test_performance"
        " test_raises_when_lower_inserted_later",
    ),
    "InfrastructureFactoryTestCase": Unfit(
        "no factory makes our recorder: the composition root opens the log by its address",
        "test_create_aggregate_recorder test_create_application_recorder"
        " test_create_process_recorder test_create_tracking_recorder test_mapper"
        " test_mapper_with_cipher test_mapper_with_cipher_and_compressor"
        " test_mapper_with_compressor test_mapper_with_wrong_cipher_key",
    ),
    "TranscoderTestCase": Unfit(
        "events are RFC 8785 bytes of ledger.codec, which tests/ledger/test_codec.py holds; "
        "nothing is transcoded",
        "test_custom_type_error test_custom_type_in_dict test_dict test_dict_subclass"
        " test_dict_with_len_2_and__data_ test_dict_with_len_2_and__type_ test_int_subclass"
        " test_list test_list_subclass test_mixed test_nested_custom_type test_str"
        " test_str_subclass test_tuple",
    ),
}


def is_test(name: str) -> bool:
    """Whether a method of the library's suites is a test, or one to be taken up on purpose."""
    return name.startswith(("test", "optional_test"))


def test_every_test_of_the_library_is_run_or_said_not_to_apply() -> None:
    known = {
        name: {method for method in dir(kind) if is_test(method)}
        for name, kind in vars(SUITES).items()
        if inspect.isclass(kind)
        and issubclass(kind, unittest.TestCase)
        and kind is not unittest.TestCase
    }
    told = {name: set(tests.split()) for name, tests in RUN.items()}
    told |= {name: set(unfit.tests.split()) for name, unfit in DO_NOT_APPLY.items()}
    assert told == known


@pytest.mark.parametrize("suite", sorted(RUN))
def test_what_is_said_to_run_is_collected_as_the_library_wrote_it(
    suite: str, request: pytest.FixtureRequest
) -> None:
    wanted = getattr(SUITES, suite)
    module = request.node.getparent(pytest.Module)
    running = [
        one
        for one in module.collect()
        if isinstance(one, pytest.Class) and issubclass(one.obj, wanted)
    ]
    assert running
    for kind in running:
        collected = {one.name for one in kind.collect()}
        for name in RUN[suite].split():
            assert name.removeprefix("optional_") in collected
            assert getattr(kind.obj, name) is getattr(wanted, name)
