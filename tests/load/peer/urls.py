"""The peer's own pages."""

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls"))]
