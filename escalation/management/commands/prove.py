"""`manage.py prove`: no demand for a superior has a dead end (B12)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from escalation.proof import prove


class Command(BaseCommand):
    """Walk the real transition table with the real routing; exit non-zero with the path to a dead end."""

    help = __doc__
    # It asks neither screens nor a database.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print `escalation: N states, M transitions, 0 dead ends`, or where it ends dead."""
        proof = prove()
        if not proof.holds:
            raise CommandError(f"{proof}\n" + "\n".join(str(fault) for fault in proof.faults))
        self.stdout.write(str(proof))
