"""`manage.py administrator`: somebody who can sign in to an empty house and let the others in."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tickets.models import Calendar, CalendarHours, Company, Desk, Staff

NINE, SIX = 9 * 60, 18 * 60


class Command(BaseCommand):
    """Makes the company, its head office and the first administrator; the screens do the rest."""

    help = "Makes an administrator and prints their first password; in an empty house also the head office."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and whose house it is."""
        parser.add_argument("login_id", help="what they sign in as")
        parser.add_argument("name", help="their name")
        parser.add_argument("--company", default="自社", help="the company's name, in an empty house")

    def handle(self, *args: Any, login_id: str, name: str, company: str, **options: Any) -> None:
        """Refused where the sign-in name is taken. The password is shown once and kept nowhere."""
        if Staff.objects.filter(login_id=login_id).exists():
            raise CommandError(f"{login_id} is taken")
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            Staff.objects.create_user(
                login_id, password, name=name, desk=_head_office(company), is_administrator=True
            )
        self.stdout.write(f"{login_id} signs in with {password} and changes it at once.")


def _head_office(company: str) -> Desk:
    offices = Desk.objects.filter(company__kind=Company.Kind.OWN, kind=Desk.Kind.HEAD_OFFICE)
    return offices.order_by("pk").first() or _make_head_office(company)


def _make_head_office(company: str) -> Desk:
    own = Company.objects.filter(kind=Company.Kind.OWN).order_by("pk").first()
    calendar = Calendar.objects.create(code="head-office", name="本社（平日 9-18時）")
    CalendarHours.objects.bulk_create(
        CalendarHours(calendar=calendar, day=day, opens_minute=NINE, closes_minute=SIX) for day in range(5)
    )
    return Desk.objects.create(
        code="head-office",
        name_ja="本社",
        name_en="Head office",
        company=own or Company.objects.create(code="own", name=company, kind=Company.Kind.OWN),
        calendar=calendar,
        kind=Desk.Kind.HEAD_OFFICE,
    )
