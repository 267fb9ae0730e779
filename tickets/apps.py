"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Names the floor."""

    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        """Register what the jobs do, what the reconciler asks, and the figures of this floor."""
        from tickets import panels
        from tickets.models import PromiseKind
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
            word_blocks,
        )

        # A hand-over ends by being accepted or taken back, at the top of its case.
        panels.settle(PromiseKind.TRANSFER, lambda promise: f"{promise.ticket.get_absolute_url()}#transfer")
        reports.register()
        dossier.register()
