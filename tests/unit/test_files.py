"""Files that are replaced whole, and names that may have moved on to another file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zerog.files import is_at, replace_file

pytestmark = pytest.mark.unit


def test_name_stands_for_its_file_until_it_is_renamed_replaced_or_removed(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with path.open("rb") as file:
        assert is_at(path, file.fileno())
        path.rename(tmp_path / "g")
        assert not is_at(path, file.fileno())
        path.write_bytes(b"new")
        assert not is_at(path, file.fileno())
        path.unlink()
        path.symlink_to(tmp_path / "g")
        assert not is_at(path, file.fileno())


def test_replacing_what_cannot_be_replaced_leaves_no_scratch_behind(tmp_path: Path) -> None:
    (tmp_path / "f" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "f", b"content")
    assert os.listdir(tmp_path) == ["f"]
