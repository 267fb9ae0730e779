"""Signing in: by login id and password, not by guessing, never by signing up."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tickets.models import Staff

PASSWORD = "asagao-42-hosi"


def _try(client: Client, password: str, login_id: str = "platform") -> int:
    answer = client.post(reverse("account_login"), {"login": login_id, "password": password})
    return answer.status_code


def test_the_right_password_opens_the_desk(client: Client, staff_member: Staff) -> None:
    assert _try(client, PASSWORD) == 302
    assert client.session["_auth_user_id"] == str(staff_member.pk)


def test_a_wrong_password_and_an_inactive_person_stay_outside(client: Client, staff_member: Staff) -> None:
    assert _try(client, "wrong") == 200
    staff_member.is_active = False
    staff_member.save()
    assert _try(client, PASSWORD) in {200, 302}
    assert "_auth_user_id" not in client.session


def test_guessing_is_locked_out_even_with_the_right_password(client: Client, staff_member: Staff) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        _try(client, "wrong")
    assert _try(client, PASSWORD) == 429
    assert "_auth_user_id" not in client.session


def test_a_lockout_is_of_one_person_only(client: Client, staff_member: Staff) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        _try(client, "wrong", login_id="somebody-else")
    assert _try(client, PASSWORD) == 302


def test_nobody_signs_up(client: Client, db: None) -> None:
    answer = client.post(
        reverse("account_signup"),
        {"username": "new", "login_id": "new", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert answer.status_code in {200, 403}
    assert not Staff.objects.exists()


def test_signing_out_needs_a_post(client: Client, staff_member: Staff) -> None:
    client.force_login(staff_member)
    client.get(reverse("account_logout"))
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_a_second_factor_can_be_set_up(client: Client, staff_member: Staff) -> None:
    _try(client, PASSWORD)
    page = reverse("mfa_activate_totp")
    asked_again = client.get(page)
    assert asked_again.status_code == 302
    assert client.post(asked_again.headers["Location"], {"password": PASSWORD}).status_code == 302
    assert client.get(page).status_code == 200


def test_there_is_no_admin() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")


def test_pages_are_japanese_whatever_the_browser_speaks(client: Client, db: None) -> None:
    answer = client.get(reverse("account_login"), headers={"Accept-Language": "en-US,en"})
    assert answer.headers["Content-Language"] == "ja"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert client.get(reverse("account_login")).headers["Content-Language"] == "en"


def test_every_page_carries_the_policy(client: Client, db: None) -> None:
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
