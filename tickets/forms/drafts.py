"""Putting a draft back into its form, and setting two texts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms


def keeps_drafts(form: type[forms.Form]) -> bool:
    """Whether somebody writes more than a line in it."""
    return any(isinstance(field.widget, forms.Textarea) for field in form.base_fields.values())


def restored(form: forms.Form, kept: Mapping[str, str]) -> dict[str, Any]:
    """`kept` (name in the page → text) as initial values of `form`."""
    found: dict[str, Any] = {}
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, forms.MultiWidget):
            parts = [kept.get(name + suffix, "") for suffix in widget.widgets_names]  # type: ignore[attr-defined]
            if any(parts):
                found[name] = parts
        elif isinstance(widget, forms.CheckboxInput):
            found[name] = name in kept
        elif name in kept:
            found[name] = kept[name]
    return found


def difference(form: forms.Form, theirs: Mapping[str, str]) -> list[dict[str, object]]:
    """Field by field what stands now and what is in `form`; choices by their labels."""
    return [
        {
            "label": form.fields[name].label,
            "theirs": _shown(form.fields[name], value),
            "mine": _shown(form.fields[name], form.data.get(name, "")),
        }
        for name, value in theirs.items()
        if name in form.fields
    ]


def _shown(field: forms.Field, value: Any) -> str:
    choices = getattr(field, "choices", None)
    if choices is None:
        return str(value)
    return next((str(label) for key, label in choices if str(key) == str(value)), str(value))
