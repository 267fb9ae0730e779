"""The web process: `gunicorn config.wsgi`."""

from django.core.wsgi import get_wsgi_application

from config import environment

environment.use_settings("web")
application = get_wsgi_application()
