"""What every template may know about the platform."""

from django.conf import settings
from django.http import HttpRequest


def platform(request: HttpRequest) -> dict[str, object]:
    """`live_stream_url`: where the browser listens; same host name, so the cookie travels."""
    return {"live_stream_url": live_stream_url(request)}


def live_stream_url(request: HttpRequest) -> str:
    """The stream of the named server, or of this host one port higher."""
    if settings.LIVE_URL:
        return f"{settings.LIVE_URL}/live/stream"
    host = request.get_host().rsplit(":", 1)[0]
    return f"http://{host}:{settings.LIVE_PORT}/live/stream"
