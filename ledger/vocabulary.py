"""The closed word lists of the domain: kinds, roles, classes and reason codes."""

from typing import Literal

CapacityKind = Literal["counted", "headroom", "installed", "retired", "lost", "restored"]
UnitKind = Literal["company", "division", "team", "project"]
Role = Literal["steward", "decider", "operator", "lead", "importer", "auditor"]
ReleaseKind = Literal["returned", "reclaimed", "unstated"]
GrantClass = Literal["guaranteed", "borrowed"]
Confidence = Literal["low", "medium", "high"]
Priority = Literal["low", "normal", "high", "critical"]
Outcome = Literal["approved", "partly", "denied", "deferred"]
Rest = Literal["waits", "closed"]
RequestStatus = Literal[
    "withdrawn", "lapsed", "appealed", "open", "denied", "deferred", "awarded", "fulfilled",
]  # fmt: skip
Override = Literal["floor", "notice", "breach"]
Closing = Literal["rejected", "withdrawn"]
ReasonCode = Literal[
    "strategic_priority", "project_started", "project_finished", "project_cancelled", "idle",
    "incident", "capacity_loss", "maintenance", "deadline", "split", "loan", "reorganisation",
    "correction", "opening_balance", "import", "other",
]  # fmt: skip
