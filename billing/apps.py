"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    """Names the floor."""

    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        """Register what the jobs do and what listens to the outbox."""
        from billing import jobs

        jobs.register()
