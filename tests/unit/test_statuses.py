"""Every state that a lifecycle of the house knows has a word, an icon and a tone."""

import re
from pathlib import Path

from config.lifecycles import lived
from tickets import statuses

SPRITE = set(
    re.findall(r'<symbol id="([\w-]+)"', (Path(__file__).parents[2] / "static/icons/sprite.svg").read_text())
)
TONES = {"neutral", "info", "success", "warning", "danger", "upward", "ending"}


def test_every_state_has_a_look():
    missing = []
    for life in lived():
        name = life.model._meta.model_name or ""
        known = statuses.STATUSES.get(statuses.MODEL_SETS.get(name, name), {})
        missing += [f"{name}: {state}" for state in life.lifecycle.states if state not in known]
    assert missing == []


def test_icons_and_tones_exist():
    looks = [look for known in statuses.STATUSES.values() for look in known.values()]
    looks += [*statuses.TIMELINE.values(), *statuses.TIERS.values()]
    assert {look.icon for look in looks} <= SPRITE
    assert {look.tone for look in looks} <= TONES


def test_icons_that_templates_name_exist():
    templates = Path(__file__).parents[2] / "templates"
    named = {
        name
        for path in templates.rglob("*.html")
        for name in re.findall(r"""{% icon ["']([\w-]+)["']|icon=["']([\w-]+)["']""", path.read_text())
        for name in name
        if name
    }
    assert named <= SPRITE
