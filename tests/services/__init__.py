"""Real services for the tests: a Celery worker, a mail server, the carrier's gateway."""
