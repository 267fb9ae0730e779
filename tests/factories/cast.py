"""The people, desks and calendars of every story. Plain builders, no fixtures; all names are invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import holidays as holiday_library

from tickets.models import (
    Calendar,
    CalendarHours,
    Company,
    Desk,
    Holiday,
    Staff,
    Tier,
)

NINE, NOON, ONE, FIVE, SIX = 540, 720, 780, 1020, 1080
PASSWORD = "correct-horse-staple"


@dataclass(frozen=True)
class Cast:
    """Who is there. The customer desk and the technical desk open 9:00-18:00 every day, holidays too; head office
    Monday to Friday 9:00-12:00 and 13:00-18:00; the carrier Monday to Friday 9:00-17:00."""

    company: Company
    partner: Company
    carrier: Company
    agency: Company
    desk: Desk
    technical_desk: Desk
    head_office: Desk
    partner_desk: Desk
    carrier_desk: Desk
    desk_calendar: Calendar
    office_calendar: Calendar
    carrier_calendar: Calendar
    operator: Staff
    operator2: Staff
    leader: Staff
    leader2: Staff
    sv: Staff
    sv2: Staff
    manager: Staff
    manager2: Staff
    administrator: Staff
    compliance: Staff
    partner_operator: Staff
    technical: Staff

    @property
    def people(self) -> dict[str, Staff]:
        """By their name in this class."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Staff)}


def cast(*, years: tuple[int, ...] = (2026, 2027)) -> Cast:
    """Everyone, with the public holidays of `years`."""
    load_holidays(*years)
    companies = _companies()
    calendars = _calendars()
    desks = _desks(companies, calendars)
    made: dict[str, Any] = {**companies, **calendars, **desks, **_people(desks)}
    return Cast(**made)


def load_holidays(*years: int) -> None:
    """The real public holidays of those years."""
    found = holiday_library.country_holidays("JP", years=years, language="ja")
    Holiday.objects.bulk_create(
        [Holiday(on=on, name=name) for on, name in found.items()], ignore_conflicts=True
    )


def calendar(code: str, *, days: range, ranges: tuple[tuple[int, int], ...]) -> Calendar:
    """A calendar open on `days` (0-6, 7 public holidays) in `ranges` of minutes."""
    made = Calendar.objects.create(code=code, name=code)
    CalendarHours.objects.bulk_create(
        CalendarHours(calendar=made, day=day, opens_minute=opens, closes_minute=closes)
        for day in days
        for opens, closes in ranges
    )
    return made


def staff(login_id: str, name: str, desk: Desk, tier: Tier = Tier.OPERATOR, **fields: Any) -> Staff:
    """One more person, with PASSWORD."""
    return Staff.objects.create_user(login_id, PASSWORD, name=name, desk=desk, tier=tier, **fields)


def _companies() -> dict[str, Company]:
    kinds = {
        "company": ("tsunagu-hikari", "つなぐひかり株式会社", Company.Kind.OWN),
        "partner": ("minato-support", "みなとサポート株式会社", Company.Kind.PARTNER),
        "carrier": ("toto-line", "東都回線株式会社", Company.Kind.CARRIER),
        "agency": ("aozora-agency", "あおぞら代理店株式会社", Company.Kind.AGENCY),
    }
    return {
        key: Company.objects.create(code=code, name=name, kind=kind)
        for key, (code, name, kind) in kinds.items()
    }


def _calendars() -> dict[str, Calendar]:
    return {
        "desk_calendar": calendar("desk", days=range(8), ranges=((NINE, SIX),)),
        "office_calendar": calendar("head-office", days=range(5), ranges=((NINE, NOON), (ONE, SIX))),
        "carrier_calendar": calendar("carrier", days=range(5), ranges=((NINE, FIVE),)),
    }


def _desks(companies: dict[str, Company], calendars: dict[str, Calendar]) -> dict[str, Desk]:
    def desk(code: str, ja: str, en: str, company: str, hours: str, kind: str) -> Desk:
        return Desk.objects.create(
            code=code,
            name_ja=ja,
            name_en=en,
            company=companies[company],
            calendar=calendars[hours],
            kind=kind,
        )

    return {
        "desk": desk("moving", "契約を変えたい・やめたい", "Change or leave", "company", "desk_calendar", "customer"),
        "technical_desk": desk("down", "つながらない", "It does not work", "company", "desk_calendar", "technical"),
        "head_office": desk("office", "本社", "Head office", "company", "office_calendar", "head_office"),
        "partner_desk": desk("bill", "請求がわからない", "My bill", "partner", "desk_calendar", "customer"),
        "carrier_desk": desk("line", "回線事業者", "Carrier", "carrier", "carrier_calendar", "carrier"),
    }  # fmt: skip


def _people(desks: dict[str, Desk]) -> dict[str, Staff]:
    main, office = desks["desk"], desks["head_office"]
    return {
        "operator": staff("operator", "青山 一葉", main),
        "operator2": staff("operator2", "石井 双葉", main),
        "leader": staff("leader", "上田 みどり", main, Tier.LEADER),
        "leader2": staff("leader2", "江川 さくら", main, Tier.LEADER),
        "sv": staff("sv", "大野 健", main, Tier.SV),
        "sv2": staff("sv2", "柿沼 誠", main, Tier.SV),
        "manager": staff("manager", "北村 徹", office, Tier.MANAGER),
        "manager2": staff("manager2", "久保 玲子", office, Tier.MANAGER),
        "administrator": staff("administrator", "剣持 光", office, is_administrator=True),
        "compliance": staff("compliance", "小島 静", office, is_compliance=True),
        "partner_operator": staff("partner", "三枝 港", desks["partner_desk"]),
        "technical": staff("technical", "志賀 灯", desks["technical_desk"]),
    }
