"""Prove that schedule, effects and outbox balance, now and over everything."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import clock
from tickets.queries.jobs import standing_mismatches
from tickets.services.reconcile import reconcile


class Command(BaseCommand):
    """`reconcile` looks at what was done lately, `reconcile --all` at all that was ever done."""

    help = "Compare schedule, effects and outbox; fails when something does not balance."

    def add_arguments(self, parser: Any) -> None:
        """Only --all."""
        parser.add_argument("--all", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, print, and fail on a mismatch."""
        report = reconcile(at=clock.now(), everything=options["all"])
        self.stdout.write(f"{report.looked_at} done actions compared, {report.standing} mismatches")
        for mismatch in standing_mismatches():
            self.stdout.write(f"  {mismatch.check_name} {mismatch.ref}: {mismatch.says}")
        if report.standing:
            raise CommandError("schedule, effects and outbox do not balance")
