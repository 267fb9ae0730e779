"""`ticket.customer.name|default:"―"`, taken apart once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import QueryDict
from django.template.base import FilterExpression, Parser, Variable
from django.template.context import Context
from django.utils.functional import SimpleLazyObject, empty
from django.utils.safestring import SafeData, mark_safe
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]

Find = Callable[[Context], Any]

# Not there, as Django says by an exception; and: out of the usual, to be asked for in Django's own way.
MISSING, ELSEWHERE = object(), object()
CONSTANTS = {"True": True, "False": False, "None": None}


class Expression(FilterExpression):
    """What Django's parser makes of a variable with its filters, with a shorter way to its value."""

    is_var: bool

    def __init__(self, token: str, parser: Parser) -> None:
        super().__init__(token, parser)
        self._find = _find(self.var) if self.is_var else None
        self._filters = [_filter(func, args) for func, args in self.filters]

    @property
    def is_constant(self) -> bool:
        """The same whatever the page, but for the language."""
        return not self.is_var and not self.filters

    def resolve(self, context: Context, ignore_failures: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """As Django's own."""
        value = self.var
        if self.is_var:
            # A text to be translated becomes a variable after it was parsed.
            value = self._find(context) if self._find is not None else ELSEWHERE
            if value is ELSEWHERE:
                return super().resolve(context, ignore_failures)
            if value is MISSING:
                if ignore_failures:
                    value = None
                elif context.template.engine.string_if_invalid:  # type: ignore[union-attr]
                    return super().resolve(context, ignore_failures)
                else:
                    value = ""
        for apply in self._filters:
            value = apply(value, context)
        return value


def _filter(func: Any, args: list[tuple[bool, Any]]) -> Callable[[Any, Context], Any]:
    """One filter with its arguments."""
    safe, auto, local = (
        getattr(func, f"{name}", False) for name in ("is_safe", "needs_autoescape", "expects_localtime")
    )
    fixed = None if any(is_name for is_name, _value in args) else [mark_safe(value) for _name, value in args]  # noqa: S308 - a text of the template

    def apply(value: Any, context: Context) -> Any:
        given = fixed if fixed is not None else [_given(context, *arg) for arg in args]
        new = func(value, *given)
        return mark_safe(new) if safe and isinstance(value, SafeData) else new  # noqa: S308 - as the filter promises

    def apply_fully(value: Any, context: Context) -> Any:
        given = [_given(context, *arg) for arg in args]
        if local:
            value = template_localtime(value, context.use_tz)
        new = func(value, *given, autoescape=context.autoescape) if auto else func(value, *given)
        return mark_safe(new) if safe and isinstance(value, SafeData) else new  # noqa: S308 - as the filter promises

    return apply_fully if auto or local else apply


def _given(context: Context, is_name: bool, value: Any) -> Any:  # noqa: FBT001 - a pair of Django's
    return value.resolve(context) if is_name else mark_safe(value)  # noqa: S308 - a text of the template


def _find(variable: Variable) -> Find:
    """The way to the value of a name with its attributes."""
    if variable.lookups is None:
        return lambda _context: variable.literal
    name, *bits = variable.lookups
    if not bits and name in CONSTANTS:
        constant = CONSTANTS[name]
        return lambda _context: constant

    def find(context: Context) -> Any:
        for names in reversed(context.dicts):
            if name in names:
                value = names[name]
                break
        else:
            # A name that the context itself bears (`template`) is Django's affair.
            return ELSEWHERE if name in context.__dict__ else MISSING
        if callable(value):
            return ELSEWHERE
        try:
            for bit in bits:
                value = _step(value, bit)
                if value is MISSING or value is ELSEWHERE:
                    return value
        except Exception:  # Django decides which are silent, and raises the others
            return ELSEWHERE
        return value

    return find


def _step(value: Any, bit: str) -> Any:
    """From a value to what it calls `bit`."""
    kind = type(value)
    if kind is SimpleLazyObject:
        if value._wrapped is empty:  # noqa: SLF001 - the person of the session, behind Django's own wrapper
            value._setup()  # noqa: SLF001
        value = value._wrapped  # noqa: SLF001
        kind = type(value)
    if kind is dict or kind is QueryDict:
        if bit not in value:
            return ELSEWHERE if hasattr(value, bit) or bit.isdigit() else MISSING
        value = value[bit]
    elif value is None:
        return MISSING
    elif _has_only_attributes(kind):  # type: ignore[arg-type]
        value = getattr(value, bit)
    else:
        return ELSEWHERE
    if not callable(value):
        return value
    if getattr(value, "do_not_call_in_templates", False) or getattr(value, "alters_data", False):
        return ELSEWHERE
    return value()


@cache
def _has_only_attributes(kind: type) -> bool:
    return not hasattr(kind, "__getitem__")
