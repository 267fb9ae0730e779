"""Sessions in the database, as Django keeps them; a page finds its own by a query that is built once."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.functions import Now

from tickets.queries.kept import kept


class SessionStore(db.SessionStore):
    """Whose reading costs a page less; it writes as Django does."""

    def _get_session_from_db(self) -> Session | None:
        """The session while it lasts, by the database's clock; a key that is none, or no longer one, is forgotten."""
        if self.session_key:
            for found in _sessions(session_key=self.session_key):
                return found
        self._session_key = None
        return None


@kept
def _sessions(*, session_key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=session_key, expire_date__gt=Now())
