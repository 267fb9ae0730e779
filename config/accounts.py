"""Sign-in policy for allauth: staff are made by an administrator, never by themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth.backends import ModelBackend
from django.db.models import QuerySet
from django.http import HttpRequest

from tickets.models import Staff
from tickets.queries.kept import kept


class StaffBackend(ModelBackend):
    """Password sign-in; every page then finds its person with desk and company in one query."""

    def get_user(self, user_id: int) -> Staff | None:
        """Whom a session belongs to, if they may still sign in."""
        for found in _people(pk=int(user_id)):
            return found if self.user_can_authenticate(found) else None
        return None


@kept
def _people(*, pk: int) -> QuerySet[Staff]:
    return Staff.objects.select_related("desk__company").filter(pk=pk)


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up at a desk."""
        return False


class StaffSocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """OpenID Connect proves who a known member of staff is; it makes no new one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """An unknown identity is refused, not registered."""
        return False


def guessed_login_id(request: HttpRequest, credentials: dict[str, object] | None = None) -> str | None:
    """Whose password is being guessed, for the lockout (AXES_USERNAME_CALLABLE).

    The sign-in form, axes and allauth each have their own word for it; counting under one
    and looking under another would lock nobody out.
    """
    given = credentials or {}
    found = given.get("login") or given.get("username") or request.POST.get("login")
    return str(found) if found else None
