"""A laboratory with a past and a future: dated facts, a scheduled release, a lost rack."""

from fastapi.testclient import TestClient

from tests.api.asking import command, recorded

POOL = "phoenix/h100"
BEGAN = "2026-01-01T00:00:00Z"
GRANTED = "2026-02-01T00:00:00Z"
MOVED = "2026-04-01T00:00:00Z"
LOST = "2026-05-01T00:00:00Z"
RELEASED = "2098-01-01T00:00:00Z"
ENDS = "2099-01-01T00:00:00Z"
WHOLE = {"from": BEGAN, "to": "2100-01-01T00:00:00Z"}


WORDS = {"reason": "as it was found", "reason_code": "opening_balance"}
PLACES: list[tuple[str, dict[str, object]]] = [
    ("/v1/pools", {"pool": POOL, "granule": 8, "effective_at": BEGAN}),
    ("/v1/pools", {"pool": "empty/a100", "effective_at": BEGAN}),
    ("/v1/capacity", {"pool": POOL, "kind": "counted", "total": 128, "effective_at": BEGAN}),
    *(
        ("/v1/units", {"unit": unit, "parent": parent, "effective_at": BEGAN})
        for unit, parent in (
            ("research", "lab"), ("product", "lab"), ("vision", "research"),
            ("speech", "research"), ("robots", "product"), ("idle", "product"),
        )
    ),
]  # fmt: skip
DEEDS: list[tuple[str, dict[str, object]]] = [
    *(
        ("/v1/grants", {"pool": POOL, "effective_at": GRANTED, **fields})
        for fields in (
            {"unit": "vision", "quantity": 48},
            {"unit": "speech", "quantity": 32, "borrowed": True},
            {"unit": "robots", "quantity": 40, "ends_at": ENDS},
            {"unit": "lab", "quantity": 8},
        )
    ),
    ("/v1/reallocations", {
        "pool": POOL, "from": [{"unit": "vision", "quantity": 16}], "to": "robots",
        "effective_at": MOVED,
    }),
    ("/v1/capacity", {"pool": POOL, "kind": "lost", "quantity": 32, "effective_at": LOST}),
    ("/v1/releases", {"pool": POOL, "unit": "robots", "quantity": 8, "effective_at": RELEASED}),
]  # fmt: skip
NOTES = [
    {"do": "note", "about": {"unit": "vision"}, "text": text}
    for text in ("=HYPERLINK(1)", "plain", "third of three")
]


def build(doors: TestClient) -> None:
    """Record it all."""
    for path, fields in (*PLACES, *DEEDS):
        recorded(command(doors, path, {**WORDS, **fields}))
    noted = {"legs": NOTES, "reason": "=1+1", "reason_code": "other"}
    recorded(command(doors, "/v1/decisions", noted))
    moved = {"unit": "speech", "parent": "product", "reason": "they work together now"}
    recorded(command(doors, "/v1/units/move", moved))
