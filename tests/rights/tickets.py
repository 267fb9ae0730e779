"""The screens of the ground floor."""

from tests.rights.screens import Screen

SCREENS: dict[str, Screen] = {}
