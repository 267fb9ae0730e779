"""The customers and what they have: invented names, kana and numbers; contracts with internet, telephone and TV lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from billing.models import AccessLine, Contract, LineEvent, ServiceLine
from config.demo.moments import Moments
from config.demo.people import People
from config.demo.shop import Shop
from tickets.dates import start_of_day
from tickets.models import Customer, CustomerPhone

# name, kana, mobile, lines (i, p, t), town. The last two are mother and daughter on one number.
CUSTOMERS = (
    ("水野 航", "ミズノ ワタル", "09000000101", "ipt", "東京都港区海岸町 1-2-3"),
    ("藤田 恵", "フジタ メグミ", "09000000102", "ip", "神奈川県川崎市中原区木月台 4-5"),
    ("岡本 潤", "オカモト ジュン", "09000000103", "ip", "埼玉県さいたま市浦和区前地原 2-9-1"),
    ("森下 遥", "モリシタ ハルカ", "09000000104", "ip", "千葉県船橋市湊谷 3-1"),
    ("千葉 渚", "チバ ナギサ", "09000000105", "ip", "宮城県仙台市青葉区花川 5-6-7"),
    ("前田 樹", "マエダ イツキ", "09000000106", "ip", "愛知県名古屋市千種区東丘 1-8"),
    ("西村 陽菜", "ニシムラ ヒナ", "09000000107", "ip", "大阪府吹田市山手台 9-2"),
    ("秋山 大地", "アキヤマ ダイチ", "09000000108", "i", "福岡県福岡市早良区西浜 2-2-8"),
    ("松井 琴音", "マツイ コトネ", "09000000109", "ipt", "京都府京都市左京区北園 14"),
    ("野口 蒼", "ノグチ アオイ", "09000000110", "ip", "北海道札幌市豊平区月寒野 3-4"),
    ("原田 千夏", "ハラダ チナツ", "09000000111", "ip", "広島県広島市西区己斐台 7-1"),
    ("竹内 旭", "タケウチ アサヒ", "09000000112", "it", "静岡県浜松市中央区砂丘 5-5"),
    ("中島 雪乃", "ナカジマ ユキノ", "09000000113", "ip", "新潟県新潟市中央区信濃浜 6-3"),
    ("小野寺 玲", "オノデラ レイ", "09000000114", "i", "岩手県盛岡市緑野 8-12"),
    ("古川 海斗", "フルカワ カイト", "09000000115", "ip", "長野県松本市安曇台 2-7"),
    ("大西 奏", "オオニシ カナデ", "09000000116", "ip", "香川県高松市屋島浜 1-1"),
    ("平山 すず", "ヒラヤマ スズ", "09000000117", "it", "岡山県岡山市北区旭台 10-2"),
    ("児玉 律", "コダマ リツ", "09000000118", "ip", "熊本県熊本市中央区水前谷 4-4"),
    ("坂口 澪", "サカグチ ミオ", "09000000119", "i", "石川県金沢市犀浜 3-8"),
    ("星野 光輝", "ホシノ コウキ", "09000000120", "ip", "群馬県前橋市広瀬野 7-7"),
    ("今泉 紬", "イマイズミ ツムギ", "09000000121", "i", "茨城県つくば市梅原 2-13"),
    ("堀内 奈緒", "ホリウチ ナオ", "09000000122", "ip", "兵庫県西宮市甲山台 6-9"),
    ("株式会社みどり工房", "ミドリコウボウ", "0300000123", "ip", "東京都台東区蔵野 1-5-2"),
    ("山本 紗季", "ヤマモト サキ", "09000000124", "ip", "東京都世田谷区桜野 3-3-3"),
    ("山本 和子", "ヤマモト カズコ", "09000000124", "p", "東京都世田谷区桜野 3-3-3"),
)
# They are written to by post.
NO_MAIL = ("西村 陽菜", "今泉 紬", "山本 和子")
KINDS = {"i": "internet", "p": "phone", "t": "tv"}


@dataclass(frozen=True, slots=True)
class Home:
    """One customer with one contract; `lines` by kind."""

    customer: Customer
    contract: Contract
    access: AccessLine
    lines: dict[str, ServiceLine] = field(default_factory=dict)


def create(people: People, shop: Shop, when: Moments) -> dict[str, Home]:
    """Everybody, by name."""
    return {row[0]: _home(number, row, people, shop, when) for number, row in enumerate(CUSTOMERS, start=1)}


def _home(number: int, row: tuple[str, ...], people: People, shop: Shop, when: Moments) -> Home:
    name, kana, phone, lines, address = row
    customer = Customer.objects.create(
        number=f"C{10_000_000 + number}",
        name=name,
        name_kana=kana,
        kind="corporate" if "会社" in name else "individual",
        email="" if name in NO_MAIL else f"customer{number}@example.jp",
        postal_code=f"{100 + number}-00{number:02}",
        address=address,
    )
    e164 = f"+81{phone.removeprefix('0')}"
    CustomerPhone.objects.create(customer=customer, e164=e164, label="携帯", is_preferred=True)
    started = when.day(-(260 + 37 * number))
    contract = Contract.objects.create(
        number=f"H{20_000_000 + number}",
        customer=customer,
        kind="corporate" if "会社" in name else "consumer",
        product_version=shop.versions["hikari-mansion" if number % 3 == 0 else "hikari-home"],
        document_version=shop.documents["contract-sheet"],
        agency=people.companies["agency"] if number % 2 else None,
        started_on=started,
        document_received_on=started - dt.timedelta(days=5),
    )
    access = AccessLine.objects.create(
        contract=contract,
        carrier=people.companies["carrier"],
        circuit=f"TL{30_000_000 + number}",
        address=address,
    )
    made = {KINDS[letter]: _line(KINDS[letter], number, contract, access) for letter in lines}
    return Home(customer, contract, access, made)


def _line(kind: str, number: int, contract: Contract, access: AccessLine) -> ServiceLine:
    line = ServiceLine.objects.create(
        contract=contract,
        access_line=access,
        kind=kind,
        number=f"+8130000{1000 + number}" if kind == "phone" else "",
        activated_on=contract.started_on,
    )
    LineEvent.objects.create(
        line=line, kind="activated", at=start_of_day(contract.started_on), source="開通工事"
    )
    return line
