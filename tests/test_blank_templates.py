"""The blank templates that are committed are the ones that the generator writes, part by part."""

from pathlib import Path
from zipfile import ZipFile

import pytest

import nianbao
from nianbao.form import editions

BLANKS = Path(__file__).parent.parent / "blank_templates"


def parts_of(data: Path) -> dict[str, bytes]:
    with ZipFile(data) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize("edition", editions())
def test_committed_template_is_the_generated_one(edition: str, tmp_path: Path) -> None:
    committed = BLANKS / edition / "空白报表.xlsx"
    generated = tmp_path / "generated.xlsx"
    form = nianbao.load_form(edition)
    generated.write_bytes(nianbao.write_template(form, nianbao.Submission(nianbao.Identity(edition), {})))
    accept = f"review the change, then: nianbao template --edition {edition} -o {committed.relative_to(BLANKS.parent)}"
    assert committed.exists(), accept
    before, after = parts_of(committed), parts_of(generated)
    assert sorted(before) == sorted(after), accept
    assert [name for name in before if before[name] != after[name]] == [], accept


def test_no_template_of_an_edition_that_does_not_exist_is_kept() -> None:
    assert sorted(folder.name for folder in BLANKS.iterdir() if folder.is_dir()) == list(editions())
