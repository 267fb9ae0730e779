"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Names the floor."""

    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Register what the jobs do and what the reconciler asks."""
        from tickets.services import (  # noqa: F401 - they register themselves
            alerts,
            holds,
            import_customers,
            job_checks,
            letter_masters,
            people,
            surveys,
            tickets,
        )
