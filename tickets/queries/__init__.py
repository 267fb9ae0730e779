"""Reads shaped like the screens that need them; each is counted by a test."""
