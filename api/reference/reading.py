"""The reads as the reference tells of them: made from the table that also makes their routes."""

from typing import Final

from api.reads.doors import READS
from api.reads.export import PARAMETERS as EXPORTED
from api.reads.forms import MEDIA_TYPES
from api.reads.reading import Read
from api.reference.operations import Operation
from api.reference.schemas import Json, ref

_UNKNOWN: Final = ("UnknownPool", "UnknownUnit", "UnknownGrant")
_ALWAYS: Final = (
    (406, "NotAcceptable"), (422, "InvalidField"), (500, "Broken"),
    (503, "Unavailable"), (503, "NotReflectedYet"), (503, "ReadersBusy"), (503, "ReadTooLong"),
    (503, "Locked"),
)  # fmt: skip
_CSV_SAYS: Final = (
    " As CSV, a text that a spreadsheet would take for a formula, or that begins with an "
    "apostrophe, has one apostrophe put before it; JSON has every text as it is."
)


def _operation(read: Read) -> Operation:
    answers: dict[str, Json] = {}
    for form in read.forms:
        media_type = MEDIA_TYPES[form].partition(";")[0]
        answers[media_type] = ref(read.answer) if form == "json" else {"type": "string"}
    return Operation(
        path=read.path,
        method="get",
        name=f"read_{read.name}",
        tag="reads",
        summary=read.summary,
        description=read.description + (_CSV_SAYS if read.columns else ""),
        says=read.says,
        answers=answers,
        parameters=tuple(parameter.described() for parameter in read.parameters),
        refusals=(*_ALWAYS, *((404, code) for code in read.refusals)),
        example=read.example,
        is_cached=True,
    )


EXPORT: Final = Operation(
    path="/v1/export",
    method="get",
    name="read_export",
    tag="reads",
    summary="Whole tables, streamed",
    description=(
        "`events`: every event up to `known_at`, as JSON lines the stored bytes. `holdings`: what "
        "each grant has in hand over all time, as believed at `known_at`; with `valid_at` what it "
        "has at that instant. By unit, pool and time." + _CSV_SAYS
    ),
    says="The table.",
    answers={"application/jsonl": {"type": "string"}, "text/csv": {"type": "string"}},
    parameters=tuple(parameter.described() for parameter in EXPORTED),
    refusals=_ALWAYS,
    example='{"pool":"phoenix/h100","unit":"research/vision","class":"guaranteed"}\n',
    is_cached=True,
)
READING: Final = (*(_operation(read) for read in READS), EXPORT)
