"""What is vendored is what its packages shipped, with its licence, and nothing more."""

import hashlib
import re
from importlib.resources import files

from api.web.assets import ASSETS, asset

VENDOR = files("api.web") / "static" / "vendor"
ROW = re.compile(r"^\| (\S+) \| (\S+) \| (\S+) \| ([^|]*)\| ([0-9a-f]{64}) \|$", re.MULTILINE)


def listed() -> dict[str, str]:
    return {row[0]: row[4] for row in ROW.findall((VENDOR / "VENDORED.md").read_text())}


def test_every_vendored_file_is_the_one_that_was_taken() -> None:
    there = {
        entry.name: hashlib.sha256(entry.read_bytes()).hexdigest()
        for entry in VENDOR.iterdir()
        if entry.name != "VENDORED.md"
    }
    assert there == listed()


def test_every_package_comes_with_its_licence() -> None:
    assert "Zero-Clause BSD" in (VENDOR / "htmx-LICENSE.txt").read_text()
    assert "The MIT License" in (VENDOR / "uPlot-LICENSE.txt").read_text()


def test_an_address_changes_with_what_it_leads_to() -> None:
    digest = hashlib.sha256(ASSETS["page.css"].content).hexdigest()
    assert asset("page.css") == f"/static/page.css?v={digest[:16]}"
