"""The table of who may, as the rules say it, written by hand: the code is held to this.

Where: `root` = over the root; `parent` = over the unit above it, or further up; `it` = over the
unit, or further up; `other` = over the sibling, or further up; `either` = over it or the sibling,
or further up; `any` = over whatever it be; `-` = nowhere. With `2` behind it: with a second person.
`pool` = a delegation of another pool does not do; `most` = one of less at once does not do. `leads`
= what becomes of it when the person leads the unit too: `2` = a second person is needed, `no` =
refused.
"""

from typing import Final

from msgspec import Struct

WHERE: Final = {
    "-": frozenset[str](),
    "root": frozenset({"root"}),
    "parent": frozenset({"root", "above", "parent"}),
    "it": frozenset({"root", "above", "parent", "unit"}),
    "other": frozenset({"root", "above", "parent", "sibling"}),
    "either": frozenset({"root", "above", "parent", "unit", "sibling"}),
    "any": frozenset({"root", "above", "parent", "unit", "below", "sibling", "elsewhere"}),
}

TABLE: Final = """\
act                            | S     | D     | O     | L     | I     | A     | bound     | leads
open a pool                    | root  | -     | -     | -     | -     | -     | pool      |
close a pool                   | root  | -     | -     | -     | -     | -     | pool      |
set rules of a pool            | root 2| -     | -     | -     | -     | -     | pool      |
set rules of all pools         | root 2| -     | -     | -     | -     | -     | pool      |
count                          | root  | -     | root  | -     | -     | -     | pool      |
lose                           | root  | -     | root  | -     | -     | -     | pool      |
hold back                      | -     | root  | root  | -     | -     | -     | pool      |
create a team                  | parent| -     | -     | -     | -     | -     |           |
create a project               | parent| parent| parent| -     | -     | -     |           |
rename a team                  | parent| -     | -     | -     | -     | -     |           |
rename a project               | parent| parent| parent| -     | -     | -     |           |
move a team                    | parent| -     | -     | -     | -     | -     |           |
move a project                 | parent| parent| parent| -     | -     | -     |           |
move a project away            | root  | root  | root  | -     | -     | -     |           |
close a team                   | parent| -     | -     | -     | -     | -     |           |
close a project                | parent| parent| parent| -     | -     | -     |           |
delegate decider               | it    | it    | -     | -     | -     | -     | pool most |
delegate operator              | it    | it    | -     | -     | -     | -     | pool most |
delegate lead                  | it    | it    | -     | -     | -     | -     | pool most |
delegate steward               | it    | -     | -     | -     | -     | -     | pool most |
delegate importer              | it    | -     | -     | -     | -     | -     | pool most |
delegate auditor               | it    | -     | -     | -     | -     | -     | pool most |
revoke a lead                  | it    | parent| -     | -     | -     | -     | pool      |
split                          | -     | parent| -     | -     | -     | -     | pool most |
pledge                         | -     | parent| -     | -     | -     | -     | pool      |
revise a pledge                | -     | parent| -     | -     | -     | -     | pool      |
withdraw a pledge              | -     | parent| -     | -     | -     | -     | pool      |
set a rate                     | root  | -     | -     | -     | -     | -     | pool      |
note                           | any   | any   | any   | any   | any   | any   |           |
note about a request           | any   | any   | any   | any   | any   | any   |           |
request                        | -     | it    | it    | it    | -     | -     | pool      |
amend a request                | -     | it    | it    | it    | -     | -     | pool      |
withdraw a request             | -     | it    | it    | it    | -     | -     | pool      |
appeal                         | -     | it    | it    | it    | -     | -     | pool      |
award                          | -     | it    | -     | -     | -     | -     | pool most | 2
deny                           | -     | it    | -     | -     | -     | -     | pool      |
answer an appeal               | -     | it    | -     | -     | -     | -     | pool most | 2
grant                          | -     | it    | it    | -     | -     | -     | pool most | 2
grant as borrowed              | -     | it    | it    | -     | -     | -     | pool most | 2
prolong                        | -     | it    | it    | -     | -     | -     | pool most | 2
make guaranteed                | -     | it    | it    | -     | -     | -     | pool      | 2
return                         | -     | it    | it    | it    | it    | -     | pool most |
reclaim                        | -     | it    | it    | it    | -     | -     | pool most |
release unstated               | -     | -     | -     | -     | it    | -     | pool most |
end earlier                    | -     | it    | it    | it    | -     | -     | pool most |
move to the sibling            | -     | parent| parent| parent| -     | -     | pool most |
move from the sibling          | -     | parent| parent| parent| -     | -     | pool most | 2
move elsewhere                 | -     | root  | root  | root  | -     | -     | pool most |
move for longer                | -     | parent| parent| -     | -     | -     | pool most |
move for longer to it          | -     | parent| parent| -     | -     | -     | pool most | 2
lend                           | -     | it    | it    | it    | -     | -     | pool most |
borrow                         | -     | other | other | other | -     | -     | pool most | 2
recall                         | -     | either| either| either| -     | -     | pool most |
prolong a loan                 | -     | it    | it    | it    | -     | -     | pool most |
forecast                       | -     | it    | it    | it    | -     | -     | pool      |
a decision                     | -     | it    | it    | -     | -     | -     | pool most | 2
correct a grant                | -     | it    | it    | -     | -     | -     | pool most | 2
correct a grant to the sibling | -     | parent| parent| -     | -     | -     | pool most |
correct a grant to it          | -     | parent| parent| -     | -     | -     | pool most | 2
call off a return              | -     | it    | it    | it    | it    | -     | pool most |
call off a reclaim             | -     | it    | it    | -     | -     | -     | pool most | 2
correct a move                 | -     | parent| parent| -     | -     | -     | pool most |
correct a loan                 | -     | it    | it    | it    | -     | -     | pool most |
correct an end                 | -     | it    | it    | it    | -     | -     | pool most |
correct a split                | -     | parent| -     | -     | -     | -     | pool most |
correct a pledge               | -     | parent| -     | -     | -     | -     | pool      |
correct a rate                 | root  | -     | -     | -     | -     | -     | pool      |
correct a count                | root  | -     | root  | -     | -     | -     | pool      |
correct a team                 | parent| -     | -     | -     | -     | -     |           |
call off the move of a team    | parent| -     | -     | -     | -     | -     |           |
correct a project              | parent| parent| parent| -     | -     | -     |           |
propose a grant                | -     | it 2  | it 2  | -     | -     | -     | pool most | 2
confirm a grant                | -     | it    | it    | -     | -     | -     | pool most | no
reject a grant                 | -     | it    | it    | -     | -     | -     | pool most |
"""

ROLES: Final = {
    "S": "steward", "D": "decider", "O": "operator", "L": "lead", "I": "importer", "A": "auditor",
}  # fmt: skip


class Row(Struct, frozen=True):
    """What is expected of one act: in which places each role may, and what narrows it."""

    may: dict[str, frozenset[str]]
    second: dict[str, bool]
    bound: frozenset[str]
    leads: str


def rows() -> dict[str, Row]:
    """The table, read."""
    heading, *lines = [[cell.strip() for cell in line.split("|")] for line in TABLE.splitlines()]
    found: dict[str, Row] = {}
    for act, *cells in lines:
        said = dict(zip(heading[1:], cells, strict=True))
        words = {role: said[letter].split() for letter, role in ROLES.items()}
        found[act] = Row(
            may={role: WHERE[where] for role, (where, *_) in words.items()},
            second={role: "2" in rest for role, (_, *rest) in words.items()},
            bound=frozenset(said["bound"].split()),
            leads=said["leads"],
        )
    return found
