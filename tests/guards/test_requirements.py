"""docs/requirements.md has one row an id of the mission, and each row leads to a rule and to a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTIONS = {"A": 16, "B": 13, "C": 11, "D": 9, "E": 3}
IDS = [f"{letter}{number}" for letter, last in SECTIONS.items() for number in range(1, last + 1)]
ROW = re.compile(r"^\| (?P<id>[A-E]\d+) \| (?P<holds>.+?) \| (?P<where>.+?) \| (?P<test>.+?) \|$", re.M)
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)(?:::(?P<name>\w+))?`")


def rows() -> dict[str, re.Match[str]]:
    found = list(ROW.finditer((ROOT / "docs" / "requirements.md").read_text()))
    assert len({row["id"] for row in found}) == len(found), "an id has two rows"
    return {row["id"]: row for row in found}


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def marked_ids() -> set[str]:
    """Ids that a test claims with @pytest.mark.requirement("A1", …)."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.requirement"):
                found.update(arg.value for arg in node.args if isinstance(arg, ast.Constant))
    return found


def test_every_id_of_the_mission_has_a_row():
    assert sorted(rows()) == sorted(IDS)


@pytest.mark.parametrize("requirement", IDS)
def test_row_leads_to_a_test_that_exists(requirement):
    row = rows()[requirement]
    tests = list(TEST.finditer(row["test"]))
    assert tests, f"{requirement} names no test"
    for test in tests:
        path = ROOT / test["file"]
        assert path.is_file(), f"{requirement}: {test['file']} is not there"
        if test["name"]:
            assert test["name"] in names_in(path), f"{requirement}: no {test['name']} in {test['file']}"


@pytest.mark.parametrize("requirement", IDS)
def test_row_names_where_it_is_enforced(requirement):
    places = re.findall(r"`([\w/]+\.(?:py|html|js))`", rows()[requirement]["where"])
    assert places, f"{requirement} names no place"
    for place in places:
        assert (ROOT / place).is_file(), f"{requirement}: {place} is not there"


def test_every_id_is_claimed_by_a_test():
    assert sorted(set(IDS) - marked_ids()) == []
