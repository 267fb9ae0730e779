"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscalationConfig(AppConfig):
    """Names the floor, and registers with the promise table how what is overdue rises, its panels on cases."""

    name = "escalation"
    verbose_name = _("Escalation")

    def ready(self) -> None:
        """Importing the modules registers what they hold."""
        from escalation import letter_texts, panels
        from escalation.queries import dossier, inbox, reports
        from escalation.queries.duty import acting, standing
        from escalation.services import balance_checks, leaving, promise_routes  # noqa: F401
        from tickets import letter_kinds
        from tickets.queries.queues import acting_tier
        from tickets.standing import stands_as

        panels.register()
        for code, label in letter_texts.LABELS.items():
            letter_kinds.know(code, label, letter_texts.SAMPLES[code])
        reports.register()
        inbox.register()
        dossier.register()
        acting_tier.register(lambda staff, at: int(acting(staff, at).tier))
        stands_as.register(standing)
