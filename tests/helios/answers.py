"""What a ledger of Helios Earth answers, in the shape of the data set's own expectations."""

from decimal import Decimal
from typing import Any

from tests.cli.running import Ledger

POOL = "helios/earth"
OF_THE_IMPORT = ("helios:pool:", "helios:unit:")


def holdings(ledger: Ledger, at: str) -> dict[str, dict[str, Any]]:
    """Who held what, by pool and unit."""
    found: dict[str, dict[str, Any]] = {}
    for row in ledger.items("/v1/holdings", valid_at=at):
        found.setdefault(str(row["pool"]), {})[str(row["unit"])] = row["quantity"]
    return found


def capacity(ledger: Ledger, at: str) -> dict[str, Any]:
    """What each pool had."""
    return {
        str(row["pool"]): row["allocatable"] for row in ledger.items("/v1/capacity", valid_at=at)
    }


def history(ledger: Ledger, unit: str) -> list[str]:
    """The refs of the operations that touched a unit, in order; its making is none."""
    keys = [str(event["key"]) for event in ledger.items("/v1/history", unit=unit)]
    return [key.removeprefix("helios:") for key in keys if not key.startswith(OF_THE_IMPORT)]


def gpu_hours(ledger: Ledger, since: str, until: str) -> dict[str, Decimal]:
    """Unit-hours of each unit over a period."""
    found: dict[str, Decimal] = {}
    rows = ledger.items("/v1/series", pool=POOL, group="unit", **{"from": since, "to": until})
    for row in rows:
        unit = str(row["unit"])
        found[unit] = found.get(unit, Decimal()) + Decimal(str(row["unit_hours"]))
    return {unit: hours for unit, hours in found.items() if hours}


def everything(ledger: Ledger, expected: dict[str, Any], units: list[str]) -> dict[str, Any]:
    """All of the above at the instants and for the units of the expectations."""
    instants = [state["at"] for state in [*expected["as_of"], expected["final"]]]
    return {
        "holdings": {at: holdings(ledger, at) for at in instants},
        "capacity": {at: capacity(ledger, at) for at in instants},
        "history": {unit: history(ledger, unit) for unit in units},
        "gpu_hours": gpu_hours(ledger, "2020-04-01T00:00:00Z", expected["gpu_hours_until"]),
    }
