"""The peer under gunicorn; run with this folder's parent on the path and the peer's own environment."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "peer.settings"
application = get_wsgi_application()
