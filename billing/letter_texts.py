"""The first versions of what the customer of a cancellation is told in writing (D1, D5); later ones an administrator writes.

`${…}` are facts that billing.services.notices fills in.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tickets.letter_texts import Text

_ENDS_JA = "回線はそれぞれの最終日まで使えます。最終日より前に停止することはありません。日程の変更やお取下げもできます。"
_ENDS_EN = "Each line ends on its own day; none is stopped before. You may change or withdraw this."
_DATES_JA = f"${{name}} 様\n\n${{dates}}\n\n{_ENDS_JA}\n"
_DATES_EN = f"Dear ${{name}},\n\n${{dates}}\n\n{_ENDS_EN}\n"

TEXTS = (
    Text("cancellation-accepted", "ja", "解約を受け付けました(${number})", _DATES_JA),
    Text("cancellation-accepted", "en", "We have accepted your cancellation (${number})", _DATES_EN),
    Text("cancellation-changed", "ja", "契約最終日を変更しました(${number})", _DATES_JA),
    Text(
        "cancellation-changed", "en", "The last day of your cancellation has changed (${number})", _DATES_EN
    ),
    Text("cancellation-day-before", "ja", "明日が回線の最終日です(${number})", _DATES_JA),
    Text("cancellation-day-before", "en", "Tomorrow is the last day of your line (${number})", _DATES_EN),
    Text(
        "cancellation-stopped",
        "ja",
        "回線を停止しました(${number})",
        "${name} 様\n\n${line}は、お約束どおり ${at} に停止しました。\n",
    ),
    Text(
        "cancellation-stopped",
        "en",
        "Your line has been stopped (${number})",
        "Dear ${name},\n\n${line} was stopped on ${at}, as agreed.\n",
    ),
    Text(
        "cancellation-withdrawn",
        "ja",
        "解約のお取下げを承りました(${number})",
        "${name} 様\n\nお申し出のとおり、回線は引き続きご利用いただけます。停止はいたしません。\n",
    ),
    Text(
        "cancellation-withdrawn",
        "en",
        "Your cancellation is withdrawn (${number})",
        "Dear ${name},\n\nAs you asked, your lines stay in service. Nothing will be stopped.\n",
    ),
    Text(
        "cancellation-closed",
        "ja",
        "解約の手続きが完了しました(${number})",
        "${name} 様\n\n回線の終了、機器のご返却、最終のご請求がすべて完了しました。ご利用ありがとうございました。\n",
    ),
    Text(
        "cancellation-closed",
        "en",
        "Your cancellation is completed (${number})",
        "Dear ${name},\n\nYour lines have ended, the devices are returned and the final bill is made. Thank you.\n",
    ),
)

# What each may speak of, with the sample that its preview shows.
_WHO = {"name": "山田 灯", "number": "K00000123"}
_DATES = {**_WHO, "dates": "光電話: 2026年1月31日(土) 24:00 までご利用いただけます。"}
SAMPLES = {
    "cancellation-accepted": _DATES,
    "cancellation-changed": _DATES,
    "cancellation-day-before": _DATES,
    "cancellation-stopped": {**_WHO, "line": "光電話", "at": "2026年2月1日(日) 00:00"},
    "cancellation-withdrawn": _WHO,
    "cancellation-closed": _WHO,
}
LABELS = {
    "cancellation-accepted": _("Cancellation accepted"),
    "cancellation-changed": _("Last day of a cancellation changed"),
    "cancellation-day-before": _("The day before a line ends"),
    "cancellation-stopped": _("Line stopped"),
    "cancellation-withdrawn": _("Cancellation withdrawn"),
    "cancellation-closed": _("Cancellation completed"),
}
