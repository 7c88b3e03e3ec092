"""The explanation of form files covers every key that a form file uses."""

import re
import tomllib
from importlib.resources import files

import pytest

from nianbao.form import editions

README = (files("nianbao.forms") / "README.md").read_text(encoding="utf-8")
# names that the form's author gives, not keys of the file format
_NAMES_WITHIN = {"line_tips", "column_tips"}


def keys_of(value: object) -> set[str]:
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item)}
    if not isinstance(value, dict):
        return set()
    inner = {key for name, item in value.items() if name not in _NAMES_WITHIN for key in keys_of(item)}
    return set(value) | inner


@pytest.mark.parametrize("edition", editions())
def test_every_key_of_a_form_file_is_explained(edition: str) -> None:
    used = keys_of(tomllib.loads((files("nianbao.forms") / f"{edition}.toml").read_text(encoding="utf-8")))
    explained = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]*)`", README))))
    assert used - explained == set()
