"""Who works at the invented desk: companies, calendars, desks and people."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from config.demo import PASSWORD
from tickets.models import Calendar, CalendarHours, Company, Desk, Staff, Tier

NINE, NOON, ONE, FIVE, SIX = 540, 720, 780, 1020, 1080
EVERY_DAY, WEEKDAYS = range(8), range(5)

COMPANIES = {
    "own": ("tsunagu-hikari", "つなぐひかり株式会社", Company.Kind.OWN),
    "partner": ("minato-support", "みなとサポート株式会社", Company.Kind.PARTNER),
    "carrier": ("toto-line", "東都回線株式会社", Company.Kind.CARRIER),
    "agency": ("aozora-agency", "あおぞら代理店株式会社", Company.Kind.AGENCY),
}
CALENDARS = {
    "desk": ("お客様窓口（毎日 9-18時）", EVERY_DAY, ((NINE, SIX),)),
    "head-office": ("本社（平日 9-12時・13-18時）", WEEKDAYS, ((NINE, NOON), (ONE, SIX))),
    "carrier": ("回線事業者（平日 9-17時）", WEEKDAYS, ((NINE, FIVE),)),
}
# code: Japanese, English, company, calendar, kind. A desk bears the customer's problem as its name (A16).
DESKS = {
    "moving": ("契約を変えたい・やめたい", "Change or leave", "own", "desk", "customer"),
    "down": ("つながらない", "It does not work", "own", "desk", "technical"),
    "bill": ("請求がわからない", "My bill", "partner", "desk", "customer"),
    "office": ("本社", "Head office", "own", "head-office", "head_office"),
    "line": ("回線事業者", "Carrier", "carrier", "carrier", "carrier"),
}
# sign-in: name, kana, desk, tier.
STAFF = {
    "operator": ("青山 一葉", "アオヤマ カズハ", "moving", Tier.OPERATOR),
    "operator2": ("石井 双葉", "イシイ フタバ", "moving", Tier.OPERATOR),
    "operator3": ("宇野 三月", "ウノ ミツキ", "moving", Tier.OPERATOR),
    "operator4": ("須藤 蓮", "スドウ レン", "moving", Tier.OPERATOR),
    "leader": ("上田 みどり", "ウエダ ミドリ", "moving", Tier.LEADER),
    "leader2": ("江川 さくら", "エガワ サクラ", "moving", Tier.LEADER),
    "leader3": ("遠藤 かえで", "エンドウ カエデ", "down", Tier.LEADER),
    "sv": ("大野 健", "オオノ ケン", "moving", Tier.SV),
    "sv2": ("柿沼 誠", "カキヌマ マコト", "moving", Tier.SV),
    "sv3": ("菊地 亮", "キクチ リョウ", "moving", Tier.SV),
    "sv4": ("工藤 直樹", "クドウ ナオキ", "down", Tier.SV),
    "manager": ("北村 徹", "キタムラ トオル", "office", Tier.MANAGER),
    "manager2": ("久保 玲子", "クボ レイコ", "office", Tier.MANAGER),
    "admin": ("剣持 光", "ケンモチ ヒカル", "office", Tier.OPERATOR),
    "compliance": ("小島 静", "コジマ シズカ", "office", Tier.OPERATOR),
    "technical": ("志賀 灯", "シガ アカリ", "down", Tier.OPERATOR),
    "technical2": ("住吉 渉", "スミヨシ ワタル", "down", Tier.OPERATOR),
    "partner": ("三枝 港", "サエグサ ミナト", "bill", Tier.OPERATOR),
    "partner2": ("瀬川 凪", "セガワ ナギ", "bill", Tier.OPERATOR),
}


@dataclass(frozen=True, slots=True)
class People:
    """Everyone, every desk and every company, by the keys of the tables above."""

    staff: dict[str, Staff]
    desks: dict[str, Desk]
    companies: dict[str, Company]

    def __getitem__(self, login_id: str) -> Staff:
        return self.staff[login_id]


def create() -> People:
    """Write them all; everyone has the demonstration's password."""
    companies = {
        key: Company.objects.create(code=code, name=name, kind=kind)
        for key, (code, name, kind) in COMPANIES.items()
    }
    calendars = {code: _calendar(code) for code in CALENDARS}
    desks = {
        code: Desk.objects.create(
            code=code,
            name_ja=ja,
            name_en=en,
            company=companies[company],
            calendar=calendars[hours],
            kind=kind,
        )
        for code, (ja, en, company, hours, kind) in DESKS.items()
    }
    password = make_password(PASSWORD)  # once: a hash takes most of a second, as it should
    staff = {login_id: _person(login_id, password, desks) for login_id in STAFF}
    return People(staff, desks, companies)


def _calendar(code: str) -> Calendar:
    name, days, ranges = CALENDARS[code]
    made = Calendar.objects.create(code=code, name=name)
    CalendarHours.objects.bulk_create(
        CalendarHours(calendar=made, day=day, opens_minute=opens, closes_minute=closes)
        for day in days
        for opens, closes in ranges
    )
    return made


def _person(login_id: str, password: str, desks: dict[str, Desk]) -> Staff:
    name, kana, desk, tier = STAFF[login_id]
    return Staff.objects.create(
        login_id=login_id,
        password=password,
        name=name,
        name_kana=kana,
        email=f"{login_id}@tsunagu.example",
        desk=desks[desk],
        tier=tier,
        is_administrator=login_id == "admin",
        is_compliance=login_id == "compliance",
    )
