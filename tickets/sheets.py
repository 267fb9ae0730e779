"""An evidence print as a sheet: the words of its margins, and the PDF (WeasyPrint, which needs Pango)."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _

from tickets.models import CasePrint

DEBIAN_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class NoPdf(Exception):
    """WeasyPrint finds no Pango on this machine."""


def content(made: CasePrint) -> dict[str, Any]:
    """What was kept, as the template reads it."""
    found: dict[str, Any] = json.loads(made.content)
    return found


def page_css(made: CasePrint) -> str:
    """The margins of every page: case number, who printed it and when, page of pages, the digest."""
    head = content(made)["head"]
    printed = _("Printed by %(who)s, %(when)s") % {"who": head["printed_by"], "when": head["printed_at"]}
    corners = {
        "top-left": _quoted(head["number"]),
        "top-right": _quoted(printed),
        "bottom-left": _quoted(f"SHA-256 {made.sha256}"),
        "bottom-right": 'counter(page) " / " counter(pages)',
    }
    boxes = " ".join(f"@{place} {{ content: {words}; }}" for place, words in corners.items())
    return f"@page {{ {boxes} }}\n"


def _quoted(text: str) -> str:
    """A CSS string: everything but plain letters and figures as an escape, so that nothing ends it."""
    safe = "".join(
        letter if letter.isalnum() or letter in " -:,./()" else f"\\{ord(letter):06x}" for letter in text
    )
    return f'"{safe}"'


def pdf(html: str, made: CasePrint) -> bytes:
    """The sheet as PDF. Fetches nothing: the styles are handed in. Raises `NoPdf` where Pango is missing."""
    try:
        from weasyprint import CSS, HTML
    except OSError as error:
        raise NoPdf(str(error)) from error
    style = finders.find("css/evidence.css")
    assert isinstance(style, str)
    sheets = [CSS(filename=style), CSS(string=page_css(made))]
    written: bytes | None = HTML(string=html, url_fetcher=_nothing).write_pdf(stylesheets=sheets)
    assert written is not None
    return written


def _nothing(url: str, *_args: Any, **_more: Any) -> Any:
    raise ValueError(f"an evidence print fetches nothing: {url}")
