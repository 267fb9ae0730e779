"""Every component in all its states, for whoever builds or looks after the screens."""

from __future__ import annotations

from django.http import HttpResponse

from tickets.gallery import samples
from tickets.gallery.forms import SampleForm
from tickets.rights import administrator
from tickets.views.screen import DeskRequest, page, screen


@screen(administrator)
def gallery(request: DeskRequest) -> HttpResponse:
    """The gallery; invented people only, no query."""
    request.at = samples.NOW
    refused = SampleForm({"number": "050-1234-5678-9999999", "told": "on"})
    context = samples.everything() | {"form": None, "empty_form": SampleForm(), "refused_form": refused}
    return page(request, "gallery.html", context)
