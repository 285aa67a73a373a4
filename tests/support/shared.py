"""The shared material beside a checkout: real data and public vectors, read only, never needed."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def shared(path: str) -> Path:
    """The file or folder of ../shared; without ../shared, the one reason to skip a test."""
    if not SHARED.is_dir():
        pytest.skip("../shared absent")
    return SHARED / path
