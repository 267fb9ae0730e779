"""`manage.py masters`: the rows that every house needs before its first customer."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from config import clock, masters


class Command(BaseCommand):
    """Idempotent; part of every start."""

    help = (
        "Puts in the letters, authority limits, tax rates, legal figures and holidays that are not there yet."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Lay what is missing."""
        with translation.override("ja"):
            masters.lay(clock.now())
