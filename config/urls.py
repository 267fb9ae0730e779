"""The URL map: platform, sign-in, then one namespace a floor."""

from django.urls import URLPattern, URLResolver, include, path

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("deadlinez", health.deadlinez, name="deadlinez"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("", include("tickets.urls_frame")),
    path("", include("tickets.urls", namespace="tickets")),
    path("escalation/", include("escalation.urls", namespace="escalation")),
    path("billing/", include("billing.urls", namespace="billing")),
]
