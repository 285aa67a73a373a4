"""Write the committed reference anew: `python -m api.reference > docs/reference/openapi.json`."""

import sys

from api.app import document
from api.reference.schemas import written

if __name__ == "__main__":
    sys.stdout.write(written(document()))
