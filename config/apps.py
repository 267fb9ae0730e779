"""The platform as a Django app: what must be true of a database before any table is made."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate

from config import displays, translations, triggers
from config.embedded import EXTENSIONS


class PlatformConfig(AppConfig):
    """Creates the extensions before tables, whether or not migrations are used."""

    name = "config"
    verbose_name = "platform"

    def ready(self) -> None:
        """Compile the Japanese if it changed; choices in words and triggers for less; hook into `migrate`, also where tables are made without migrations."""
        translations.compile_if_stale()
        displays.quicken()
        triggers.stand_in()
        pre_migrate.connect(_create_extensions, dispatch_uid="platform.extensions")


def _create_extensions(*, sender: AppConfig, using: str, **_: Any) -> None:
    if sender.label != "contenttypes":  # the signal comes once an app; once is enough
        return
    with connections[using].cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(f"create extension if not exists {extension}")
