"""Verbs of the ground floor: the only way anything is written."""
