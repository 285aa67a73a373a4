"""SIGTERM while reads wait: each is answered in words, and none of them holds up the end."""

import json
import signal
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.api.gauging import metric, until
from tests.api.test_busy_reads import HOLDINGS, locked
from tests.api.test_stopping import serving

FAR = "min_position=1000000"


class Read:
    """A read that is asked over a connection of its own, and answered later."""

    def __init__(self, url: str, path: str, body: object = None) -> None:
        self._line = HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=60)
        if body is None:
            self._line.request("GET", path)
        else:
            self._line.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def refused(self) -> str:
        """What the answer says, which is a 503 that may be asked again."""
        with closing(self._line):
            answer = self._line.getresponse()
            said = answer.read().decode()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1"), said
        return said


def test_who_waits_for_a_position_is_told_at_once(
    founded_database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = {"pool": "h100", "unit": "lab", "quantity": 1, "by": "2027-03-01T00:00:00Z"}
    with serving(founded_database, DRAIN_S="600") as (process, url):
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
            until(lambda: client.get(HOLDINGS).status_code == 200)
            reads = [
                Read(url, f"{HOLDINGS}?{FAR}&wait_s=60"),
                Read(url, f"/v1/position?{FAR}&wait_s=60"),
                Read(url, f"/v1/events?{FAR}&wait_s=60"),
                Read(url, f"/v1/export?what=holdings&{FAR}&wait_s=60"),
                Read(url, f"/v1/plans?{FAR}&wait_s=60", plan),
            ]
            page = Read(url, f"/unit?{FAR}")
            until(lambda: metric(client, "allot_connections") == len(reads) + 2)
        process.send_signal(signal.SIGTERM)
        for read in reads:
            assert json.loads(read.refused())["code"] == "NotReflectedYet"
        assert "The service stops" in page.refused()
        assert process.wait(60) == 0
    assert "Traceback" not in capfd.readouterr().err


def test_what_is_cut_off_when_the_time_is_over_is_told_so(
    founded_database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(founded_database, DRAIN_S="0", READ_LOCK_S="60", READ_S="60") as (process, url):
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as client:
            until(lambda: client.get(HOLDINGS).status_code == 200)
            with locked(founded_database):
                read = Read(url, HOLDINGS)
                until(lambda: metric(client, "allot_reads_running") == 1)
                process.send_signal(signal.SIGTERM)
                said = json.loads(read.refused())
        assert (said["status"], said["code"]) == (503, "Unavailable")
        assert "The service stops" in said["detail"]
        assert process.wait(60) == 0
    assert "Traceback" not in capfd.readouterr().err
