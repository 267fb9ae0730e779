"""What the invented company sells and says: products, options, documents, and the articles operators explain from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateRange

from billing.models import DocumentVersion, OptionItem, OptionPrice, Product, ProductVersion
from config.demo.moments import Moments
from config.demo.people import People
from tickets.models import Article, ArticleVersion
from tickets.services.guidance import publish_version

SINCE = dt.date(2022, 7, 1)
# code: Japanese, English, law, fee and construction fee before tax.
PRODUCTS = {
    "hikari-home": ("つなぐひかり ホーム", "Tsunagu Hikari Home", "telecom", 5200, 24000),
    "hikari-mansion": ("つなぐひかり マンション", "Tsunagu Hikari Apartment", "telecom", 3980, 16500),
    "hikari-tv": ("つなぐひかり テレビ", "Tsunagu Hikari TV", "paid_broadcast", 1480, 0),
}
# code: Japanese, English, line, monthly fee before tax.
OPTIONS = {
    "caller-display": ("番号表示", "Caller display", "phone", 500),
    "call-forwarding": ("転送サービス", "Call forwarding", "phone", 500),
    "call-waiting": ("キャッチホン", "Call waiting", "phone", 300),
    "nuisance-guard": ("迷惑電話おことわり", "Nuisance guard", "phone", 200),
    "loan-router": ("無線ルーター貸出", "Router on loan", "internet", 380),
    "remote-help": ("遠隔サポート", "Remote help", "internet", 500),
}
DOCUMENTS = {
    "terms": (DocumentVersion.Kind.TERMS, "つなぐひかり契約約款"),
    "contract-sheet": (DocumentVersion.Kind.CONTRACT, "契約書面"),
    "cancel-sheet": (DocumentVersion.Kind.EXPLANATION, "解約のご案内"),
    "order-notice": (DocumentVersion.Kind.NOTICE, "お申込内容のご確認"),
}
# slug: topic, touches price or cancelling, title, text, basis.
ARTICLES = {
    "carrier-relay": (
        "relay-before-porting", True, "撤去の連絡の時期",
        "番号の移転が済むまで、回線事業者へ撤去の連絡はできません。", "約款 第20条",
    ),
    "last-day": (
        "use-until-the-last-day", True, "解約後にいつまで使えるか",
        "契約最終日の24時までお使いいただけます。回線ごとに最終日が決まり、ほかの回線の停止では早まりません。", "約款 第12条",
    ),
    "device-return": (
        "device-return", False, "機器の返却",
        "契約最終日から14日以内に、同封の伝票でお返しください。送料は当社が負担します。", "約款 第23条",
    ),
    "early-withdrawal": (
        "early-withdrawal", True, "初期契約解除",
        "契約書面を受け取った日を1日目として8日目までに書面を出していただければ、違約金なしで解除できます。", "電気通信事業法26条の3",
    ),
    "lamps": (
        "lamps", False, "宅内機器のランプ",
        "緑が3つで正常です。2つ以下のときは、いつからかを伺い、回線の状態を確認してください。", "機器取扱説明書 2版",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """What can be sold, ordered and explained, by code."""

    versions: dict[str, ProductVersion]
    options: dict[str, OptionItem]
    documents: dict[str, DocumentVersion]
    articles: dict[str, ArticleVersion]


def create(people: People, when: Moments) -> Shop:
    """Lay it out; the articles come into force before the replayed week begins."""
    return Shop(
        versions={code: _version(code) for code in PRODUCTS},
        options={code: _option(code) for code in OPTIONS},
        documents={code: _document(code) for code in DOCUMENTS},
        articles={slug: _article(slug, people, when) for slug in ARTICLES},
    )


def _version(code: str) -> ProductVersion:
    ja, en, law, fee, construction = PRODUCTS[code]
    product = Product.objects.create(code=code, name_ja=ja, name_en=en)
    return ProductVersion.objects.create(
        product=product,
        version=1,
        legal_regime=law,
        proration_rule="calendar_days",
        monthly_fee_yen=fee,
        construction_fee_yen=construction,
        during=DateRange(SINCE, None),
    )


def _option(code: str) -> OptionItem:
    ja, en, kind, fee = OPTIONS[code]
    option = OptionItem.objects.create(code=code, name_ja=ja, name_en=en, line_kind=kind)
    OptionPrice.objects.create(option=option, monthly_fee_yen=fee, during=DateRange(SINCE, None))
    return option


def _document(code: str) -> DocumentVersion:
    kind, title = DOCUMENTS[code]
    return DocumentVersion.objects.create(
        code=code, version=1, kind=kind, title=title, body=f"{title}（2022年7月版）", effective_on=SINCE
    )


def _article(slug: str, people: People, when: Moments) -> ArticleVersion:
    topic, touches, title, body, basis = ARTICLES[slug]
    article = Article.objects.create(slug=slug, topic=topic, touches_price_or_cancelling=touches)
    return publish_version(
        article_id=article.pk,
        title=title,
        body=body,
        basis_ref=basis,
        actor=people["sv3"],
        at=when.before(14, 10),
    )
