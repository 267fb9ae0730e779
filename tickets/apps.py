"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Names the floor."""

    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Register what the jobs do, what the reconciler asks, and the figures of this floor."""
        from tickets.queries import dossier, reports
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

        reports.register()
        dossier.register()
