"""The letters that the house sends, by code: their name, and the facts that a text of theirs may speak of.

Each floor makes its own known (`AppConfig.ready`). Pure; no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from django.utils.functional import Promise as LazyText

_kinds: dict[str, Kind] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A letter; `samples` has a value for each fact that its service fills in."""

    code: str
    label: str | LazyText
    samples: Mapping[str, str]

    def strangers(self, *texts: str) -> list[str]:
        """Names in the texts that the letter's service does not fill in; ValueError for a `$` that names nothing."""
        names: list[str] = []
        for text in texts:
            template = Template(text)
            if not template.is_valid():
                raise ValueError(text)
            names += template.get_identifiers()
        return sorted(set(names) - set(self.samples))

    def preview(self, text: str) -> str:
        """The text with the samples in it."""
        return Template(text).safe_substitute(self.samples)


def know(code: str, label: str | LazyText, samples: Mapping[str, str]) -> None:
    """Make a letter known."""
    _kinds[code] = Kind(code, label, samples)


def kinds() -> dict[str, Kind]:
    """Every letter, by code."""
    return dict(_kinds)


def kind(code: str) -> Kind:
    """The letter of that code; of one that no floor knows, without facts."""
    return _kinds.get(code) or Kind(code, code, {})
