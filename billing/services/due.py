"""By when billing's promises are due: business days of the desk, counted by a figure that the administrator keeps."""

from __future__ import annotations

import datetime as dt

from billing.queries.figures import figure
from tickets.business_time import add_business_days
from tickets.dates import day_of
from tickets.queries.calendars import hours_of_desk


def due(code: str, desk_id: int, at: dt.datetime) -> dt.datetime:
    """The last closing time of the n-th business day of that desk after `at`; n is the figure `code`."""
    return add_business_days(hours_of_desk(desk_id), at, figure(code, day_of(at)))
