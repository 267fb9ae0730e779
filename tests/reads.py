"""N+1 queries fail a test where a page is read; a deed may lock the same case again in each service it calls."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from zeal.middleware import zeal_middleware

Handler = Callable[[HttpRequest], HttpResponse]


def zeal_on_reads(get_response: Handler) -> Handler:
    """zeal's own middleware, for GET and HEAD."""
    watched = zeal_middleware(get_response)

    def handle(request: HttpRequest) -> HttpResponse:
        answer: Handler = watched if request.method in {"GET", "HEAD"} else get_response
        return answer(request)

    return handle
