"""Addresses of the frame itself; they belong to no floor."""

from django.urls import path

from tickets.views import gallery, preferences

urlpatterns = [
    path("preferences/", preferences.preferences, name="preferences"),
    path("gallery/", gallery.gallery, name="gallery"),
]
