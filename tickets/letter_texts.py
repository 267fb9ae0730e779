"""The first versions of the letters of the ground floor; later versions are rows that an administrator writes.

`${…}` are facts that the service fills in. No text below the top tier calls an answer final (A9).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Version 1 of one letter in one language."""

    code: str
    language: str
    subject: str
    body: str
    minimum_tier: int = 1


TEXTS = (
    Text(
        "complaint_acknowledgement",
        "ja",
        "お申し出を承りました(受付番号 ${number})",
        "${name} 様\n\nお申し出を次のとおり承りました。\n\n${words}\n\n"
        "担当とは別の責任者が内容を調べ、結論とその理由を必ずご連絡します。ご連絡までに費用はかかりません。\n"
        "受付番号は ${number} です。\n",
    ),
    Text(
        "complaint_acknowledgement",
        "en",
        "We have received your complaint (${number})",
        "Dear ${name},\n\nWe have received your complaint:\n\n${words}\n\n"
        "Somebody other than the person it is about will look into it, and we will tell you the decision and the "
        "reasons for it. Complaining costs you nothing.\nYour number is ${number}.\n",
    ),
    Text(
        "survey",
        "ja",
        "お問い合わせ対応についてお聞かせください",
        "${name} 様\n\nお問い合わせ(受付番号 ${number})への対応はいかがでしたか。5段階でお聞かせください。\n\n"
        "${link}\n\nこのリンクは一度だけ、30日間お使いいただけます。\n",
    ),
    Text(
        "survey",
        "en",
        "How did we do?",
        "Dear ${name},\n\nHow did we handle your enquiry ${number}? Please tell us, from 1 to 5.\n\n${link}\n\n"
        "This link works once, for 30 days.\n",
    ),
)

# What each letter may speak of, with the sample that its preview shows.
SAMPLES = {
    "complaint_acknowledgement": {
        "name": "山田 灯",
        "number": "T00012345",
        "words": "案内と違う日に止まりました。",
    },
    "survey": {"name": "山田 灯", "number": "T00012345", "link": "https://desk.example.jp/survey/…"},
}
