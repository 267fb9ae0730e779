"""Screen-shaped reads of billing."""
