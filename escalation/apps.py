"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscalationConfig(AppConfig):
    """Names the floor."""

    name = "escalation"
    verbose_name = _("Escalation")
