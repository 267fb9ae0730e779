"""What the documents point at is there, and both READMEs show the same."""

import re
from pathlib import Path

import pytest

from config.demo.tour import VIEWS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#)(?P<to>[^)#]+)[^)]*\)")
IMAGE = re.compile(r"!\[[^\]]+\]\((?P<to>docs/images/[^)]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    for link in LINK.finditer(document.read_text()):
        assert (document.parent / link["to"]).exists(), link["to"]


def test_both_readmes_show_the_same_pictures_in_the_same_order():
    english, japanese = (
        [image["to"] for image in IMAGE.finditer((ROOT / name).read_text())]
        for name in ("README.md", "README.ja.md")
    )
    assert english == japanese
    taken = {f"docs/images/{view.name}.png" for view in VIEWS}
    assert set(english) - {"docs/images/architecture.svg"} == taken


def test_every_command_of_the_readmes_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "README.ja.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / name).read_text()))
        assert named <= targets | {"and"}, name
