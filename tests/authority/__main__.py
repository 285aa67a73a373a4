"""Print docs/reference/authority.md."""

import sys

from tests.authority.judged import judged
from tests.authority.page import page

if __name__ == "__main__":
    sys.stdout.write(page(judged()))
