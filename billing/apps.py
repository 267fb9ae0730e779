"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    """Names the floor."""

    name = "billing"
    verbose_name = _("Billing")
