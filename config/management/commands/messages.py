"""Keep the Japanese catalogue in step with the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import translations


class Command(BaseCommand):
    """`messages` collects; `--merge file.po …` fills gaps; `--check` fails on any gap; needs no database."""

    help = "Collect the marked texts into locale/ja, merge other catalogues, check, compile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        """--merge, --check."""
        parser.add_argument(
            "--merge", nargs="+", type=Path, default=[], metavar="PO", help="fill gaps from these"
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when something is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, or compare."""
        others = [translations.read(path) for path in options["merge"]]
        fresh = translations.update(translations.collect(), *others)
        if options["check"]:
            present = translations.read()
            stale = {m.id for m in fresh} != {m.id for m in present}
            self._report(fresh)
            if stale or translations.untranslated(fresh) or translations.wrong_placeholders(fresh):
                raise CommandError("run `python manage.py messages` and translate what it names")
            return
        translations.write(fresh)
        translations.compile_if_stale()
        self._report(fresh)

    def _report(self, catalog: Any) -> None:
        gaps = translations.untranslated(catalog)
        for name in gaps:
            self.stdout.write(f"no Japanese: {name}")
        for name in translations.wrong_placeholders(catalog):
            self.stdout.write(f"other values than the English: {name}")
        self.stdout.write(f"{len(list(catalog)) - 1} texts, {len(gaps)} without Japanese")
