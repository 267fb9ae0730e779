"""Bar charts as SVG that stands in the page: no script, no inline style, coloured by static/css/reports.css.

pygal works out the geometry; its own style sheet and script, which the content security policy refuses, are left out,
so a chart follows the theme of the page. The table beside a chart says the same in words and figures.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygal.style import Style

from tickets.reports import Chart

WIDTH, BAR, AXIS = 560, 34, 44
LETTER, WIDE = 9, 16  # px of a narrow and of a full-width letter at 15 px
# What the script would need: tooltips, overlays, their texts.
DROPPED = {"defs", "style", "script", "desc", "title"}
MOST_LETTERS = 14
STYLE = Style(label_font_size=15, major_label_font_size=15)


def svg(chart: Chart, *, label: str) -> SafeString:
    """The chart as one <svg role="img">; `label` says what it shows."""
    root = _plot(chart).render_tree()
    _strip(root)
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("class", f"chart {_tones(chart)}")
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    return mark_safe(ET.tostring(root, encoding="unicode"))  # noqa: S308 - texts are escaped by the serialiser


def _plot(chart: Chart) -> Any:
    kind = pygal.HorizontalStackedBar if chart.stacked else pygal.HorizontalBar
    labels = [str(text)[:MOST_LETTERS] for text in reversed(chart.labels)]
    plot = kind(
        width=WIDTH, height=AXIS + BAR * max(2, len(labels)), js=[], style=STYLE, explicit_size=False,
        show_legend=False, margin=4, margin_left=_more_room(labels), margin_right=24, spacing=8,
        show_y_labels=True, truncate_label=-1, print_values=False, disable_xml_declaration=True, max_scale=6, order_min=0 if _whole(chart) else None, no_data_text="",
    )  # fmt: skip
    # Horizontal bars are drawn from the bottom; a table is read from the top.
    plot.x_labels = labels
    for name, _tone, values in chart.series:
        plot.add(str(name), list(reversed(list(values))))
    return plot


def _whole(chart: Chart) -> bool:
    """Only whole numbers: the axis then has no 0.2."""
    return all(isinstance(value, int) for _name, _tone, values in chart.series for value in values)


def _length(text: str) -> int:
    return sum(WIDE if unicodedata.east_asian_width(letter) in "WF" else LETTER for letter in text)


def _more_room(labels: Sequence[str]) -> int:
    """What Japanese labels need beyond what pygal leaves: it takes every letter for a narrow one."""
    guessed = max((len(text) for text in labels), default=0) * 0.6 * 15
    return int(max(map(_length, labels), default=0) - guessed) + 8


def _strip(element: Any) -> None:
    for child in list(element):
        tag = str(child.tag).rsplit("}", 1)[-1] if isinstance(child.tag, str) else "script"
        overlay = {"text-overlay", "tooltip-overlay", "tooltip"} & set((child.get("class") or "").split())
        if tag in DROPPED or overlay:
            element.remove(child)
            continue
        child.attrib.pop("style", None)
        child.attrib.pop("id", None)
        _strip(child)


def _tones(chart: Chart) -> str:
    return escape(" ".join(f"s{place}-{tone}" for place, (_name, tone, _v) in enumerate(chart.series)))
