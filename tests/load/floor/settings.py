"""The floor: the least that a Django page with a session, an indexed ORM query and a template costs.

Measured beside ours so that a figure means "so many times what the framework itself must cost here", whatever the
machine does that day. Same server, same gunicorn, same pool; nothing of Tsunagu.
"""

import os

SECRET_KEY = "the floor of a measurement holds no secret"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.load.floor.urls"
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "tests.load.floor",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]},
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["BENCH_DB"],
        "USER": os.environ["BENCH_USER"],
        "HOST": os.environ["BENCH_HOST"],
        "PORT": os.environ["BENCH_PORT"],
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
