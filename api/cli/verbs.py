"""Options that many verbs share, taken by a verb as one parameter and typed one by one."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints

from msgspec import Struct
from msgspec.structs import asdict

from api.cli.options import (
    DEFAULT_URL,
    Actor,
    AsOf,
    DryRun,
    Form,
    Key,
    KnownAt,
    OnBehalfOf,
    Output,
    Reason,
    ReasonCode,
    Refs,
    UnchangedSince,
    Url,
    Yes,
    given,
    moment,
)


class Bundle(Struct, frozen=True, kw_only=True):
    """Options that stand together: each field is one, with what it is when nothing is typed."""


class Terms(Bundle, frozen=True, kw_only=True):
    """How a command is to be given: to whom, as whom, asked first or not, shown how."""

    dry_run: DryRun = False
    yes: Yes = False
    key: Key = None
    form: Form = Output.TABLE
    url: Url = DEFAULT_URL
    actor: Actor = None


class View(Bundle, frozen=True, kw_only=True):
    """How an answer is to be read: from whom, by whom, in what form."""

    form: Form = Output.TABLE
    url: Url = DEFAULT_URL
    actor: Actor = None


class Clocks(Bundle, frozen=True, kw_only=True):
    """What was true when, and as the books stood when."""

    as_of: AsOf = None
    known_at: KnownAt = None

    def params(self) -> dict[str, str | None]:
        """Both clocks as parameters of a read."""
        return {"valid_at": moment(self.as_of), "known_at": moment(self.known_at)}


class Why(Bundle, frozen=True, kw_only=True):
    """Why a command is given, and for whom."""

    reason: Reason = None
    reason_code: ReasonCode = None
    refs: Refs = None
    on_behalf_of: OnBehalfOf = None

    def fields(self) -> dict[str, object]:
        """As fields of a command, as far as they were given."""
        return given(
            (("reason", self.reason), ("reason_code", self.reason_code), ("refs", self.refs),
             ("on_behalf_of", self.on_behalf_of))
        )  # fmt: skip


class Said(Why, frozen=True, kw_only=True):
    """The same, and up to where whoever gives it has seen the record."""

    unchanged_since: UnchangedSince = None

    def fields(self) -> dict[str, object]:
        """As fields of a command, as far as they were given."""
        return super().fields() | seen(self.unchanged_since)


def seen(position: int | None) -> dict[str, object]:
    """The fields that have a command refused where what it names changed since a position."""
    return {} if position is None else {"seen": position, "if_unchanged": True}


def unfolded(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb as the command line sees it: with the options of its bundles in their places.

    A bundle that is the default of its parameter says what its options are when nothing is typed.
    """
    hints = get_type_hints(verb, include_extras=True)
    bundles = {name: kind for name, kind in hints.items() if _is_bundle(kind)}
    parameters = [
        option
        for parameter in signature(verb).parameters.values()
        for option in _options(parameter, hints[parameter.name])
    ]

    @wraps(verb)
    def taking(**typed: Any) -> None:
        for name, kind in bundles.items():
            typed[name] = kind(**{field: typed.pop(field) for field in kind.__struct_fields__})
        verb(**typed)

    vars(taking)["__signature__"] = Signature(parameters)
    taking.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": None}
    return taking


def _options(parameter: Parameter, kind: Any) -> list[Parameter]:
    """The parameters that stand for one: itself, or the options of its bundle."""
    if not _is_bundle(kind):
        return [parameter.replace(annotation=kind)]
    usual: Mapping[str, object] = asdict(
        kind() if parameter.default is Parameter.empty else parameter.default
    )
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=usual[name], annotation=hint)
        for name, hint in get_type_hints(kind, include_extras=True).items()
        if name in usual
    ]


def _is_bundle(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Bundle)
