"""Celery: shells around services. Nothing here is a promise to a customer; rows are.

Redis may lose every message and every tick: a tick carries nothing, expires before the
next one comes, and only says "look at what is due". See docs/adr.
"""

import warnings

from celery import Celery
from celery.signals import worker_process_init

from config import environment, stepping_back

environment.use_settings("worker")
# Containers and demonstrations run as root; nothing is unpickled (accept_content).
warnings.filterwarnings("ignore", message="You're running the worker with superuser")
app = Celery("tsunagu")
app.config_from_object("config.jobs")
app.autodiscover_tasks()
worker_process_init.connect(stepping_back.this_process)
