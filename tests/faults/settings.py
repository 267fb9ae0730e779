"""The settings of the processes that are broken on purpose: the tests' own, with short pauses and the counting app."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.app.apps.FaultsConfig"]  # noqa: F405
MIGRATION_MODULES = {
    app.rpartition(".")[2]: None for app in ("tickets", "escalation", "billing", "tests.faults")
}
CARRIER_TIMEOUT = 1.0
EMAIL_TIMEOUT = 3
OUTBOX_RETRY_SECONDS = 0.3
OUTBOX_STALE_SECONDS = 5.0
