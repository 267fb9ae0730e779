"""The screens of the way up."""

from tests.rights.screens import Screen

SCREENS: dict[str, Screen] = {}
