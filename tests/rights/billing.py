"""The screens of the contracts, money and cancelling."""

from tests.rights.screens import Screen

SCREENS: dict[str, Screen] = {}
