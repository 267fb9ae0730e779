"""Verbs of contracts, money and cancellation: the only way anything is written."""
