"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    """Names the floor."""

    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        """Register what the jobs do, what listens to the outbox, and what stands on pages of the ground floor."""
        from billing import jobs, letter_texts, panels
        from billing.queries import dossier, inbox, reports, search
        from billing.services import import_contracts, waivers  # noqa: F401 - register themselves
        from tickets import letter_kinds

        for code, label in letter_texts.LABELS.items():
            letter_kinds.know(code, label, letter_texts.SAMPLES[code])
        jobs.register()
        panels.register()
        search.register()
        reports.register()
        inbox.register()
        dossier.register()
