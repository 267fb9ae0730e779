"""The URL map: platform, sign-in, then one namespace a floor."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("deadlinez", health.deadlinez, name="deadlinez"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("", include("tickets.urls_frame")),
]
for prefix, app in (("", "tickets"), ("escalation/", "escalation"), ("billing/", "billing")):
    # While the floors are being built; a floor without urls has no pages yet.
    if find_spec(f"{app}.urls"):
        urlpatterns.append(path(prefix, include(f"{app}.urls", namespace=app)))
