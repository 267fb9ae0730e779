"""The settings of the processes that are broken on purpose: the tests' own, with short pauses and the counting app."""

from tests.settings import *  # noqa: F403

# Without the watch over reads, which takes a sixth of the time of whatever reads.
INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "zeal"]  # noqa: F405
INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.app.apps.FaultsConfig"]
MIDDLEWARE = [name for name in MIDDLEWARE if "zeal" not in name]  # noqa: F405


class NoMigrations(dict[str, None]):
    """Tables straight from the models, as in the other tests."""

    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = NoMigrations()
CARRIER_TIMEOUT = 1.0
EMAIL_TIMEOUT = 3
OUTBOX_RETRY_SECONDS = 0.3
OUTBOX_STALE_SECONDS = 5.0
