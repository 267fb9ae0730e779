"""Our settings under measurement: the real ones. Tables straight from the models while there are no migrations."""

from config.settings import *  # noqa: F403

if not list((BASE_DIR / "tickets" / "migrations").glob("0001_*.py")):  # noqa: F405
    MIGRATION_MODULES = dict.fromkeys(("tickets", "escalation", "billing"))
