"""Celery: shells around services. Nothing here is a promise to a customer; rows are.

Redis may lose every message and every tick: a tick carries nothing, expires before the
next one comes, and only says "look at what is due". See docs/adr.
"""

import os
import warnings

from celery import Celery

from config import environment

environment.use_settings("worker")
# Django's checks load every address and view, half a second of each start, and jobs answer no request.
os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")
# Containers and demonstrations run as root; nothing is unpickled (accept_content).
warnings.filterwarnings("ignore", message="You're running the worker with superuser")
app = Celery("tsunagu")
app.config_from_object("config.jobs")
app.autodiscover_tasks()
