"""Makes the README's pictures from the real files: templates, the sample county's workbook, a board, a proof sheet.

    python docs/pictures.py

Needs LibreOffice (soffice), pdftoppm and Chromium; writes docs/pictures/*.png.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "samples" / "huachuan-2021"
SEED = ROOT / "tests" / "seeds" / "huachuan-2021.txt"


def run(*command: str, folder: Path, fails: bool = False) -> None:
    """Run a command; one that finds something wrong exits 1, which ``fails`` allows."""
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - named below
    if done.returncode not in ({0, 1} if fails else {0}):
        raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")


def nianbao(*arguments: str, folder: Path, fails: bool = False) -> None:
    """Run nianbao."""
    run(sys.executable, "-X", "utf8", "-m", "nianbao", *arguments, folder=folder, fails=fails)


def program(*names: str) -> str:
    """The first of the programs that is installed."""
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        raise SystemExit(f"{' or '.join(names)} is not installed")
    return found


def sheets(file: Path, pages: dict[str, int], folder: Path) -> None:
    """Pictures of pages of a workbook, as it prints."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    run(
        program("soffice"),
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(file),
        folder=folder,
    )
    pdf = file.with_suffix(".pdf")
    for name, page in pages.items():
        target = PICTURES / name
        # the upper part of an A4 page: below it there is only the foot
        size = ("-x", "0", "-y", "0", "-W", "744", "-H", "760")
        options = ("-png", "-r", "90", "-singlefile", *size, "-f", str(page), "-l", str(page))
        run(program("pdftoppm"), *options, str(pdf), str(target), folder=folder)


def page(file: Path, name: str, size: str, folder: Path) -> None:
    """A picture of a web page."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking")
    profile = f"--user-data-dir={folder / 'chromium'}"
    shot = f"--screenshot={PICTURES / name}.png"
    browser = program("chromium", "chromium-browser", "google-chrome")
    run(browser, *options, profile, f"--window-size={size}", shot, file.as_uri(), folder=folder)


def main() -> None:
    """Make every picture anew."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        identity = ("--year", "2021", "--unit", "教育局", "--code", "003", "--county", "桦川县")
        nianbao("template", "-o", "template.xlsx", *identity, folder=folder)
        sheets(folder / "template.xlsx", {"template-cover": 1, "template-guide": 2, "template-table-3": 4}, folder)
        nianbao("consolidate", str(SAMPLE / "returned"), "-o", "county.xlsx", folder=folder)
        sheets(folder / "county.xlsx", {"county-overview": 1, "county-table-2": 3, "county-table-3": 4}, folder)
        nianbao("init", "office", "--county", "桦川县", "--year", "2021", folder=folder)
        office = folder / "office"
        shutil.copy(SAMPLE / "名录.xlsx", office / "名录.xlsx")
        some = sorted((SAMPLE / "returned").iterdir())[:31]
        nianbao("collect", *map(str, some), folder=office, fails=True)
        nianbao("status", folder=office, fails=True)
        page(office / "状态.html", "status", "1100,900", folder)
        broken = folder / "report.txt"
        text = SEED.read_text(encoding="utf-8")
        broken.write_text(
            text.replace("公开政府信息14049条", "公开政府信息14094条").replace("公开4件", "公开5件"), "utf-8"
        )
        nianbao("proofread", broken.name, "--html", "proof.html", folder=folder, fails=True)
        page(folder / "proof.html", "proof", "1100,900", folder)


if __name__ == "__main__":
    main()
