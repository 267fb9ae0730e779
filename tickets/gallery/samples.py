"""What the gallery shows. Everybody here is invented; 2026-01-27 is a Tuesday."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace as Thing
from typing import Any

from django.utils.translation import gettext as _

from tickets import statuses
from tickets.dates import jst

NOW = jst(2026, 1, 27, 10, 30)


def minutes(count: int) -> dt.datetime:
    """So many minutes from the gallery's present."""
    return NOW + dt.timedelta(minutes=count)


def people() -> dict[str, Any]:
    """The customer and the desk."""
    phones = [Thing(e164="+815012345678", label="携帯"), Thing(e164="+81312345678", label="自宅")]
    customer = Thing(
        pk=1, name="青木 遥", name_kana="アオキ ハルカ", number="C0004821", kind="individual", get_kind_display=_("Individual"),
        phones=Thing(all=phones), email="haruka@example.jp", address="東京都杉並区天沼9-8-7 コーポ若葉 203", get_absolute_url="#",
    )  # fmt: skip
    second = Thing(name="青木 聡", name_kana="アオキ サトシ", number="C0004822", get_absolute_url="#")
    return {
        "customer": customer,
        "matches": [customer, second],
        "desk": "解約・引越しの窓口",
        "operator": "三浦 光",
        "leader": "西 理子",
        "sv": "大森 健",
    }


def tickets() -> list[Any]:
    """A queue: late, soon, later, nothing owed."""
    who = people()
    rows = (
        (1, "立会日が決まらないと言われた", "complaint", "in_progress", 1, minutes(-12), who["operator"]),
        (2, "解約後のインターネット最終利用日", "cancellation", "held", 2, minutes(18), who["operator"]),
        (3, "番号表示が出ない。申込書控えには印あり", "billing", "acknowledged", 3, minutes(150), None),
        (4, "引越し先で使えるか", "enquiry", "pending", 4, None, who["leader"]),
    )
    kinds = {
        "complaint": _("Complaint"),
        "cancellation": _("Cancellation"),
        "billing": _("Billing"),
        "enquiry": _("Enquiry"),
    }
    return [
        Thing(
            pk=pk, number=f"T{pk:08}", subject=subject, get_kind_display=kinds[kind], status=status, priority=priority,
            due_at=due, assignee=assignee, customer=who["customer"], desk=who["desk"], get_absolute_url="#",
            responsible=assignee, opened_at=minutes(-3000), kind=kind,
        )
        for pk, subject, kind, status, priority, due, assignee in rows
    ]  # fmt: skip


def promises() -> list[Any]:
    """Three things owed: one late, one soon, one tomorrow."""
    who, ticket = people(), tickets()[0]
    rows = (
        (
            _("Correction of wrong guidance"),
            "番号移行の前でも回線事業者へ連絡できることをお伝えする",
            minutes(-12),
            2,
            who["leader"],
        ),
        (_("Answer by a superior"), "「マネージャーに代わってください」", minutes(18), 3, who["sv"]),
        (_("Relay to the carrier"), "光回線の撤去を回線事業者へ依頼", minutes(30 * 60), 1, None),
    )
    return [
        Thing(
            get_kind_display=kind,
            what=what,
            due_at=due,
            tier=tier,
            owner=owner,
            desk=who["desk"],
            ticket=ticket,
        )
        for kind, what, due, tier, owner in rows
    ]


def lines() -> list[Any]:
    """A contract that ends on a Saturday: each line on its own last day."""
    who = people()
    return [
        Thing(get_kind_display=_("Telephone"), number="+815098765432", status="pending_terminate", last_day=dt.date(2026, 1, 30),
              last_day_set_by=who["operator"], last_day_why="番号移行の完了後に停止（お客様ご希望）", stop_consent=None),
        Thing(get_kind_display=_("Internet"), number="", status="pending_terminate", last_day=dt.date(2026, 1, 31),
              last_day_set_by=who["operator"], last_day_why="契約最終日", stop_consent=None),
    ]  # fmt: skip


def timeline() -> list[Any]:
    """Contact history, newest first."""
    who, ticket = people(), tickets()[0]
    rows = (
        (
            4,
            "contact.in",
            "入電（通話あり）",
            minutes(-25),
            who["operator"],
            "昨日の留守電の用件をお尋ね。1/24の案内の誤りをお詫びして訂正。苦情として承る。",
            42,
        ),
        (
            3,
            "contact.voicemail_left",
            "架電（留守電を残した）",
            minutes(-1300),
            who["leader"],
            "回線事業者への連絡が済んだことのご報告。折り返しを承る旨を残した。",
            0,
        ),
        (
            2,
            "guidance.given",
            "案内",
            minutes(-4200),
            who["operator"],
            "番号移行の工事が終わるまで回線事業者へは連絡できません。",
            0,
        ),
        (
            1,
            "demand.recorded",
            "上席対応のご要望",
            minutes(-20),
            who["operator"],
            "「話が進まない。マネージャーに代わってください」",
            0,
        ),
    )
    return [
        Thing(pk=pk, kind=kind, title=title, at=at, actor=actor, desk=who["desk"], ticket=ticket, summary=summary,
              contact=Thing(hold_seconds=hold, recording_ref="R-20260127-0031" if hold else ""))
        for pk, kind, title, at, actor, summary, hold in rows
    ]  # fmt: skip


def milestones() -> list[Any]:
    """The twelve, in the middle of a cancellation."""
    labels = (
        _("Order accepted"), _("Explained"), _("Carrier told"), _("Visit agreed"), _("Number ported"), _("Phone stopped"),
        _("Last day of the contract"), _("Internet stopped"), _("Line removed"), _("Device returned"), _("Final bill"), _("Completion notice"),
    )  # fmt: skip
    states = ("completed", "completed", "violated", "yet_to_reach") + ("yet_to_reach",) * 8
    return [
        Thing(
            get_kind_display=label, status=state, next=index == 3, due_at=minutes(1440 * (index - 2)),
            reached_at=minutes(-4300) if state == "completed" else None,
            source="お客様のご希望日" if index == 3 else "", told_by="三浦 光" if index < 2 else "",
        )
        for index, (label, state) in enumerate(zip(labels, states, strict=True))
    ]  # fmt: skip


def ladder() -> list[Any]:
    """A demand that a delegate let lapse; the SV has it."""
    return [
        Thing(tier=1, holder="三浦 光", delegated=False, from_at=minutes(-60), to_at=minutes(-59), due_at=None, outcome=_("demand recorded"), spent=minutes(1) - minutes(0), current=False, next=False),
        Thing(tier=2, holder="西 理子", delegated=True, from_at=minutes(-59), to_at=minutes(-4), due_at=None, outcome=_("time ran out"), spent=minutes(55) - minutes(0), current=False, next=False),
        Thing(tier=3, holder="大森 健", delegated=False, from_at=minutes(-4), to_at=None, due_at=minutes(26), outcome="", spent=minutes(4) - minutes(0), current=True, next=False),
        Thing(tier=4, holder="岸本 由美", delegated=False, from_at=None, to_at=None, due_at=None, outcome="", current=False, next=True),
    ]  # fmt: skip


def evidence() -> dict[str, Any]:
    """The form ticks caller display, the register says call forwarding."""
    caller, forwarding, waiting = "ナンバーディスプレイ", "転送サービス", "割込通話"
    return {
        "form": Thing(title="", at=minutes(-20000), who="訪問販売 第三代理店", image="", ref="申込書 F-55120", facts=[(caller, "✓"), (forwarding, ""), (waiting, "")]),
        "register": Thing(title="", at=minutes(-19000), who="登録 佐伯 / 照合 ―", image="", ref="", facts=[(caller, ""), (forwarding, "申込あり"), (waiting, "")]),
        "notice": Thing(title="", at=minutes(-9000), who="郵送", image="", ref="", facts=[(forwarding, "¥550/月")]),
        "rows": [
            Thing(field=caller, form="申込", register="", notice="", differs=True),
            Thing(field=forwarding, form="", register="申込あり", notice="記載", differs=True),
            Thing(field=waiting, form="", register="", notice="", differs=False),
        ],
    }  # fmt: skip


def questions() -> list[Any]:
    """One open, one answered each way."""
    return [
        Thing(text="1/31にインターネットを使えるようにできるのか、できないのか", status="open", answer=None, url="#"),
        Thing(text="番号移行の前に回線事業者へ連絡できるか", status="answered", url="#", answer=Thing(
            verdict="yes", reasons="約款上、移行の完了を待つ必要はない", basis_ref="約款第12条", answered_by="大森 健", at=minutes(-30))),
    ]  # fmt: skip


def calls() -> list[Any]:
    """Each state of a call."""
    customer = people()["customer"]
    return [
        Thing(
            status="ringing",
            number="+815012345678",
            started_at=None,
            held_since=None,
            customer=None,
            hold_seconds=0,
        ),
        Thing(
            status="talking",
            number="+815012345678",
            started_at=minutes(-4),
            held_since=None,
            customer=customer,
            hold_seconds=42,
        ),
        Thing(
            status="on_hold",
            number="",
            started_at=minutes(-9),
            held_since=minutes(-3),
            customer=customer,
            hold_seconds=200,
        ),
        Thing(
            status="after_call",
            number="+81312345678",
            started_at=minutes(-2),
            held_since=None,
            customer=customer,
            hold_seconds=0,
        ),
    ]


def everything() -> dict[str, Any]:
    """All of it, as the gallery's context."""
    queue = tickets()
    return {
        **people(),
        "tickets": queue, "ticket": queue[0], "promises": promises(), "lines": lines(), "timeline": timeline(),
        "milestones": milestones(), "ladder": ladder(), "evidence": evidence(), "questions": questions(), "calls": calls(),
        "statuses": {kind: list(looks) for kind, looks in statuses.STATUSES.items()},
        "tones": ("neutral", "info", "success", "warning", "danger", "upward", "ending"),
        "demand": Thing(status="in_review", demanded_tier=3, due_at=minutes(26)), "complaint": Thing(status="open"),
        "viewers": [Thing(name="西 理子", editing=False), Thing(name="大森 健", editing=True)],
        "contracts": [Thing(number="K-100234", product="光ネット", status="pending_terminate", url="#"), Thing(number="K-100235", product="光電話", status="active", url="#")],
        "warnings": [Thing(tone="danger", icon="complaint", text=_("Complaint"), url="#"), Thing(tone="warning", icon="conflict", text=_("Answers conflict"), url="")],
        "tabs": [
            {"label": _("Mine to approve"), "url": "#", "count": 3, "current": True}, {"label": _("Unassigned"), "url": "#", "count": 12},
            {"label": _("Overdue"), "url": "#", "count": 2, "alarm": True}, {"label": _("Conflicts"), "url": "#", "count": 0},
        ],
        "page": Thing(next="abc"), "last": timeline()[1],
        "difference": [Thing(label=_("Summary"), theirs="留守電の用件を説明した", mine="留守電の用件を説明し、苦情として承った")],
        "yen": (1100, -550, 0), "day": dt.date(2026, 1, 31), "moment": NOW, "late": minutes(-3), "soon": minutes(12), "later": minutes(135),
    }  # fmt: skip
