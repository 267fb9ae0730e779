"""The texts of this floor's letters that the desk starts with; later versions are rows of the masters.

`$names` are filled in by escalation.letters. (subject, body, lowest tier that may send it) by code and language.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

_ANSWER_JA = """\
$customer 様

$day に「$words」とのお申し出をいただき、$attempts回お電話を差し上げましたが、お話しできませんでしたので、書面でお答えいたします。

回答：$decision
理由：$reasons
根拠：$basis
ご提案：$remedies

この回答にご納得いただけない場合：$recourse

回答者：$name（$capacity）
"""

_ANSWER_EN = """\
Dear $customer,

On $day you asked: "$words". We called you $attempts times without reaching you, and so answer in writing.

Answer: $decision
Reasons: $reasons
Basis: $basis
What we offer: $remedies

If you do not accept this answer: $recourse

Answered by: $name ($capacity)
"""

_EXTERNAL_JA = """\
$customer 様

$because
下記の社外の窓口にもご相談いただけます。費用はかかりません。

$bodies

ご納得いただけない間、ご申告（$ticket）は終了いたしません。
"""

_EXTERNAL_EN = """\
Dear $customer,

$because
You can also turn to the following bodies outside our company, free of charge:

$bodies

As long as you do not agree, your case ($ticket) stays open.
"""

_FINAL_JA = """\
$customer 様

ご申告について、当社としての最終回答を申し上げます。

$text

理由：$reasons
根拠：$basis

社外のご相談先：$recourse

回答者：$name（$capacity）
"""

_FINAL_EN = """\
Dear $customer,

This is our company's final answer.

$text

Reasons: $reasons
Basis: $basis

Where else you can turn: $recourse

Answered by: $name ($capacity)
"""

TEXTS: dict[str, dict[str, tuple[str, str, int]]] = {
    "superior-answer": {
        "ja": ("ご申告（$ticket）への回答", _ANSWER_JA, 1),
        "en": ("Answer to your request ($ticket)", _ANSWER_EN, 1),
    },
    "external-remedies": {
        "ja": ("ご申告（$ticket）について：社外のご相談先", _EXTERNAL_JA, 1),
        "en": ("Your case ($ticket): where else you can turn", _EXTERNAL_EN, 1),
    },
    "final-answer": {
        "ja": ("ご申告（$ticket）への最終回答", _FINAL_JA, 4),
        "en": ("Final answer to your case ($ticket)", _FINAL_EN, 4),
    },
}

# Bodies outside the company to which a customer can turn (L20); invented numbers are not given.
EXTERNAL_BODIES = {
    "ja": ["総務省 電気通信消費者相談センター", "お住まいの地域の消費生活センター（消費者ホットライン 188）"],
    "en": [
        "Telecommunications Consumer Affairs Centre, Ministry of Internal Affairs and Communications",
        "your local consumer affairs centre (consumer hotline 188)",
    ],
}

# What each letter may speak of, with the sample that its preview shows.
_WHO = {"customer": "山田 灯", "ticket": "T00012345", "name": "北村 徹", "capacity": "マネージャー"}
_WHY = {
    "reasons": "契約最終日より前に停止したため",
    "basis": "約款 第12条",
    "recourse": "消費生活センター（188）",
}
SAMPLES = {
    "superior-answer": {
        **_WHO, **_WHY, "day": "2026-01-27", "words": "責任者と話したい", "attempts": "3", "decision": "お申し出のとおりです",
        "remedies": "ご利用できなかった日数分を差し引きます",
    },
    "external-remedies": {**_WHO, "because": "ご納得いただけないとのことですので、", "bodies": "消費生活センター（188）"},
    "final-answer": {**_WHO, **_WHY, "text": "ご請求はいたしません。"},
}  # fmt: skip
LABELS = {
    "superior-answer": _("Answer of a superior in writing"),
    "external-remedies": _("Where else the customer can turn"),
    "final-answer": _("The company's final answer"),
}
