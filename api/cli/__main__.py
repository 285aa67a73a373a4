"""`python -m api.cli` is `allot`: the way its own child processes are started."""

from api.cli import main

main()
