"""`manage.py demo`: the demonstration's data, into an empty database or, with --reset, in place of what is there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock, environment
from config.demo import load


class Command(BaseCommand):
    """Loads nothing over data that is there."""

    help = "Loads the demonstration into an empty database; --reset throws the data away first."

    def add_arguments(self, parser: CommandParser) -> None:
        """--reset."""
        parser.add_argument("--reset", action="store_true", help="throw all data away and load again")

    def handle(self, *args: Any, reset: bool = False, **options: Any) -> None:
        """Refused in production."""
        if environment.read().is_production:
            raise CommandError("the demonstration is not loaded in production")
        if reset:
            load.empty()
        if load.load(clock.now()):
            self.stdout.write("The demonstration is loaded.")
        else:
            self.stdout.write("There is data already; --reset throws it away.")
