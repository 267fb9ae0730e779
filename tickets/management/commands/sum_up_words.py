"""Sum up which words stand in which blocks of the history, without waiting for the job."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tickets.services import word_blocks


class Command(BaseCommand):
    """What the job does every five minutes, to the end; `--anew` throws away first what was summed up."""

    help = "Sum up the words of the history for the search; --anew makes it all anew."

    def add_arguments(self, parser: CommandParser) -> None:
        """Only --anew."""
        parser.add_argument("--anew", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how many blocks there were."""
        if options["anew"]:
            word_blocks.forget()
        count = 0
        while done := word_blocks.sum_up():
            count += done
        self.stdout.write(f"{count} blocks summed up")
