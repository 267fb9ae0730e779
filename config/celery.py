"""Celery: shells around services. Nothing here is a promise to a customer; rows are.

Redis may lose every message and every tick: a tick carries nothing, expires before the
next one comes, and only says "look at what is due". See docs/adr.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("tsunagu")
app.config_from_object("config.jobs")
app.autodiscover_tasks()
