"""`manage.py load_desk --tickets N`: a desk of any size, to see what the screens do with it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock, environment
from config.load import desk


class Command(BaseCommand):
    """Adds to what is there; everything or nothing."""

    help = "Loads invented customers and cases by COPY, every rule asked; five entries of history a case."

    def add_arguments(self, parser: CommandParser) -> None:
        """--tickets, --seed."""
        parser.add_argument("--tickets", type=int, required=True, help="how many cases")
        parser.add_argument("--seed", type=int, default=1, help="the same number makes the same desk")

    def handle(self, *args: Any, tickets: int = 0, seed: int = 1, **options: Any) -> None:
        """Refused in production."""
        if environment.read().is_production:
            raise CommandError("a desk is not invented in production")
        if tickets < 1:
            raise CommandError("--tickets must be at least 1")
        desk.load(tickets=tickets, now=clock.now(), seed=seed, quiet=options["verbosity"] == 0)
        self.stdout.write(f"{tickets:,} cases are loaded.")
