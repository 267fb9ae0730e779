"""Celery: shells around services. Nothing here is a promise to a customer; rows are.

Redis may lose every message and every tick: a tick carries nothing, expires before the
next one comes, and only says "look at what is due". See docs/adr.
"""

import warnings

from celery import Celery

from config import environment

environment.use_settings("worker")
# Containers and demonstrations run as root; nothing is unpickled (accept_content).
warnings.filterwarnings("ignore", message="You're running the worker with superuser")
app = Celery("tsunagu")
app.config_from_object("config.jobs")
app.autodiscover_tasks()
