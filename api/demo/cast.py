"""Who and what the invented laboratory consists of: no person, team or place here is real."""

from typing import Final

from msgspec import Struct

from ledger.vocabulary import ReasonCode

Reasons = tuple[tuple[ReasonCode, str], ...]
"""Reasons to choose from: code and words with places for names."""

ROOT: Final = "lab"
OPERATOR: Final = "operator@demo"
SECOND_OPERATOR: Final = "juno@demo"
DEPUTY: Final = "milo@demo"
HEAD: Final = "verity@demo"
DECIDERS: Final = {"research": "ottoline@demo", "products": "bertrand@demo"}
DIVISIONS: Final = {"research": "Research", "products": "Products"}

H100: Final = "north/h100"
A100: Final = "south/a100"
POOLS: Final = {H100: "H100 in the north hall", A100: "A100 in the south hall"}
GRANULE: Final = 8
COUNTED: Final = {H100: 640, A100: 1024}


class Team(Struct, frozen=True, kw_only=True):
    """A team: the day it is founded on, who leads it, how much of a pool it tends to get."""

    unit: str
    name: str
    founded: int
    lead: str
    weight: int


def _team(unit: str, name: str, founded: int, lead: str, weight: int) -> Team:
    return Team(unit=unit, name=name, founded=founded, lead=f"{lead}@demo", weight=weight)


TEAMS: Final = (
    _team("research/vision", "Vision", 0, "ada", 8),
    _team("research/language", "Language", 0, "boris", 10),
    _team("research/speech", "Speech", 0, "cleo", 4),
    _team("research/robotics", "Robotics", 0, "dagny", 5),
    _team("research/reasoning", "Reasoning", 0, "emil", 7),
    _team("research/safety", "Safety", 0, "fatou", 5),
    _team("research/data", "Data", 0, "gus", 3),
    _team("research/interpretability", "Interpretability", 45, "hana", 3),
    _team("research/agents", "Agents", 120, "igor", 6),
    _team("research/scaling", "Scaling", 205, "jory", 9),
    _team("research/multimodal", "Multimodal", 270, "kaja", 7),
    _team("research/evaluation", "Evaluation", 330, "lars", 3),
    _team("products/search", "Search", 0, "mira", 6),
    _team("products/assistant", "Assistant", 0, "nils", 8),
    _team("products/translate", "Translate", 0, "oda", 4),
    _team("products/maps", "Maps", 0, "pavel", 3),
    _team("products/ranking", "Ranking", 0, "quirin", 5),
    _team("products/support", "Support", 0, "rosa", 3),
    _team("products/voice", "Voice", 0, "sven", 4),
    _team("products/fraud", "Fraud", 0, "tove", 2),
    _team("products/inference", "Inference", 0, "ugo", 6),
    _team("products/code", "Code", 60, "vera", 7),
    _team("products/personalisation", "Personalisation", 150, "wim", 4),
    _team("products/creative", "Creative", 260, "xenia", 5),
    _team("products/forecasting", "Forecasting", 410, "yann", 2),
)

ATLAS: Final = "research/language/atlas"
"""The project for which fifteen teams give something on one day."""

GRANTED: Final[Reasons] = (
    ("project_started", "{team} begins its {season} run and needs room for it"),
    ("strategic_priority", "Agreed in the capacity round: {team} first"),
    ("project_started", "First full-size trial of {team}; the small ones looked good"),
    ("other", "{team} waited longest of those who asked"),
    ("deadline", "{team} has a delivery at the end of the month"),
    ("idle", "These were free and {team} can use them at once"),
)
MOVED: Final[Reasons] = (
    ("project_finished", "{source} finished its run; {team} takes over"),
    ("idle", "Utilisation at {source} stayed low for three weeks; {team} is short"),
    ("strategic_priority", "Decided in the {season} round: {team} before {source}"),
    ("deadline", "{team} has a deadline; {source} can wait until it is past"),
    ("project_cancelled", "{source} stopped the larger variant; {team} carries on with its idea"),
    ("project_started", "{source} and {team} agreed on it between themselves"),
)
RETURNED: Final[Reasons] = (
    ("project_finished", "{team} is done with this run and gives back what it does not need"),
    ("idle", "{team} found a smaller model good enough"),
    ("project_finished", "The {season} experiments of {team} are written up"),
    ("maintenance", "{team} moves to newer machines and frees these"),
)
RECLAIMED: Final[Reasons] = (
    ("idle", "Nothing ran here for {team} in two weeks; told the lead, nobody objected"),
    ("strategic_priority", "The {season} round gave this part of {team} to the common reserve"),
)
EXTENDED: Final[Reasons] = (
    ("deadline", "The review of {team} was put off; the machines stay as long"),
    ("other", "{team} lost a week to a broken data set and asked for it back"),
)
NOTED: Final = (
    "Talked to the lead: they expect to need less from next quarter on",
    "The weekly capacity meeting looked at this and left it as it is",
    "Asked whether smaller machines would do; the answer was no, with figures",
    "Two people of this team are away until the end of the month",
    "The figures of the last run were shared with the head of the division",
)
SEASONS: Final = ("winter", "spring", "summer", "autumn")


def season(month: int) -> str:
    """The season a month lies in."""
    return SEASONS[month % 12 // 3]
