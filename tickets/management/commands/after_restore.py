"""Tell a restored database that it was restored: pause everything, leave to a person what may have left."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config import clock
from tickets.services.restore import after_restore


class Command(BaseCommand):
    """Run by `python -m config.backup restore`, on the restored database, before it takes its place."""

    help = "Pause the jobs of a restored database and settle what may leave only once."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how much there was."""
        found = after_restore(at=clock.now())
        self.stdout.write(f"{found.unknown} messages left to a person, {found.expired} surveys ended")
