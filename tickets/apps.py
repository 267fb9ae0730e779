"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Names the floor."""

    name = "tickets"
    verbose_name = _("Tickets")
