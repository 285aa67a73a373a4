"""The roles of the database, and how a service takes one: its address says so."""

from typing import Final, LiteralString

from psycopg.conninfo import conninfo_to_dict, make_conninfo

OWNER: Final = "allot_owner"
WRITER: Final = "allot_writer"
FOLLOWER: Final = "allot_follower"
READER: Final = "allot_reader"


def as_role(url: str, role: LiteralString) -> str:
    """The address at which every connection acts with the rights of a role, and no others.

    Who connects must be a member of it, as whoever migrated is.
    """
    return with_options(url, f"-c role={role}")


def with_options(url: str, options: str) -> str:
    """The address with more command-line options for the session; later ones win."""
    before = conninfo_to_dict(url).get("options")
    return make_conninfo(url, options=f"{before} {options}" if before else options)
