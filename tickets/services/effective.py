"""A new row of a master from a day on; the one in force ends there (F). Every such master is changed through here."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import Staff
from tickets.models.effective import EffectiveDated

Row = TypeVar("Row", bound=EffectiveDated)


def hold_from(
    rows: QuerySet[Row],
    *,
    rule: str,
    from_on: dt.date,
    why: str,
    actor: Staff,
    at: dt.datetime,
    **values: Any,
) -> Row:
    """Create the row of `rows` (all of one key) that holds from the JST day `from_on`, with who set it, when and why.

    `Refused` under `rule` without a reason, or where a row already begins on that day or later. Called inside a service,
    which has asked who may.
    """
    if not why.strip():
        raise Refused(rule, _("Say why."))
    for row in rows.select_for_update().filter(during__endswith__isnull=True):
        if row.during.lower is not None and row.during.lower >= from_on:
            raise Refused(rule, _("A later row stands already; choose a day after it begins."))
        row.during = DateRange(row.during.lower, from_on)
        row.save(update_fields=["during"])
    return rows.model.objects.create(  # type: ignore[attr-defined,no-any-return]
        during=DateRange(from_on, None), set_by=actor, set_at=at, why=why, **values
    )
