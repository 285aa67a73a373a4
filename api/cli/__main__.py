"""`python -m api.cli` is `allot`: the way its own child processes are started."""

from api.cli import main

if __name__ == "__main__":  # a process that is spawned imports this module and must not run it
    main()
