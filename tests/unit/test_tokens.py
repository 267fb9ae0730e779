"""The colours: every pair that stands together is legible in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "static/css/tokens.css").read_text()
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
COLOURS = {name: (light, dark) for name, light, dark in PAIR.findall(TOKENS)}
TONES = ("neutral", "info", "success", "warning", "danger", "upward", "ending")
SURFACES = ("page", "surface", "surface-sunken", "surface-raised", "surface-hover", "surface-selected")

TEXT = [(text, surface) for text in ("text", "text-muted", "link") for surface in SURFACES]
TEXT += [(f"{tone}-fg", f"{tone}-bg") for tone in TONES]
TEXT += [(f"{tone}-fg", surface) for tone in TONES for surface in ("page", "surface", "surface-selected")]
TEXT += [("text", f"{tone}-bg") for tone in TONES] + [
    ("text-muted", "danger-bg"),
    ("text-muted", "warning-bg"),
]
TEXT += [
    ("text-on-fill", "accent"),
    ("text-on-fill", "accent-hover"),
    ("text-on-alarm", "alarm"),
    ("text-on-alarm", "alarm-hover"),
]
TEXT += [("accent", surface) for surface in SURFACES]
LINES = [("line-control", surface) for surface in ("surface", "page", "surface-raised")]
LINES += [(f"{tone}-line", "surface") for tone in TONES if tone != "neutral"]
LINES += [("accent-line", "surface"), ("alarm", "surface")]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_legible(theme):
    thin = {
        f"{text} on {ground}": round(contrast(COLOURS[text][theme], COLOURS[ground][theme]), 2)
        for text, ground in TEXT
        if contrast(COLOURS[text][theme], COLOURS[ground][theme]) < 4.5
    }
    assert thin == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_edges_of_controls_and_states_are_visible(theme):
    thin = {
        f"{line} on {ground}": round(contrast(COLOURS[line][theme], COLOURS[ground][theme]), 2)
        for line, ground in LINES
        if contrast(COLOURS[line][theme], COLOURS[ground][theme]) < 3
    }
    assert thin == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_one_ring_of_the_focus_stands_out_on_anything(theme):
    grounds = [*SURFACES, *(f"{tone}-bg" for tone in TONES), "accent", "alarm"]
    for ground in grounds:
        rings = [contrast(COLOURS[ring][theme], COLOURS[ground][theme]) for ring in ("focus", "focus-halo")]
        assert max(rings) >= 3, ground


def test_colours_stand_in_tokens_alone():
    for path in (Path(__file__).parents[2] / "static/css").glob("*.css"):
        if path.name not in {"tokens.css", "print.css"}:
            found = re.findall(r"#[0-9a-f]{3,8}\b|\brgb\(|\bhsl\(", path.read_text())
            assert set(found) <= {"#fff"}, f"{path.name}: {found}"  # #fff: paper behind a scanned form


def test_nothing_is_smaller_than_fourteen_pixels():
    sizes = [float(size) for size in re.findall(r"--size-[\w-]+: ([\d.]+)rem;", TOKENS)]
    assert min(sizes) * 16 >= 14
    for path in (Path(__file__).parents[2] / "static/css").glob("*.css"):
        if path.name not in {"print.css", "evidence.css"}:  # paper is measured in points
            assert not re.search(r"font-size: [\d.]+(?!\d*%)\w", path.read_text()), path.name
