"""The live stream's process: `python -m config.live`. Pages are served by config/wsgi.py."""

import django

from config import environment

environment.use_settings("live")
django.setup()

from config.live_stream import LiveStream  # noqa: E402 - needs the settings

application = LiveStream()
