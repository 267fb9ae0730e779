"""Ours, with the counting app of tests/faults, whose cutoffs these are."""

from tests.load.ours import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.app.apps.FaultsConfig"]  # noqa: F405
