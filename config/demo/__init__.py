"""The demonstration: a week at an invented desk, replayed through the services up to the present.

`people`, `shop` and `homes` are who and what is there; each `story_*` and `day_*` module is one thing that happened,
written as steps in time; `replay` lets the time pass between them, with the jobs of the house; `load` puts all of it
into an empty database. Every name is invented. Only the moments depend on the day on which it is loaded.
"""

from typing import NamedTuple

PASSWORD = "tsunagu-demo"  # noqa: S105 - the demonstration's, printed at every start


class SignIn(NamedTuple):
    """A person to be: the sign-in name, and what they are at the desk in both languages."""

    login_id: str
    rank: str
    rank_ja: str


SIGN_INS = (
    SignIn("operator", "operator", "オペレーター"),
    SignIn("leader", "leader", "リーダー"),
    SignIn("sv", "supervisor on duty", "SV（当番）"),
    SignIn("sv2", "second SV, acts for an absent manager", "SV（マネージャー代行）"),
    SignIn("manager", "manager", "マネージャー"),
    SignIn("admin", "administrator", "管理者"),
    SignIn("partner", "operator of a partner company", "協力会社のオペレーター"),
    SignIn("technical", "operator of the technical desk", "技術窓口のオペレーター"),
    SignIn("compliance", "compliance", "コンプライアンス"),
)
