"""How names, kana, addresses and telephone numbers are folded before they are compared. Pure."""

from __future__ import annotations

import unicodedata

import jaconv
import phonenumbers

# Variants that people and old systems write for the same name.
VARIANTS = str.maketrans(
    "髙﨑濵邊邉齋齊嶋槗栁德惠廣澤櫻龍國淺瀨眞禮", "高崎浜辺辺斎斉島橋柳徳恵広沢桜竜国浅瀬真礼"
)
DASHES = str.maketrans("", "", "‐‑‒–—―−ー-ｰ－")


def fold_name(text: str) -> str:
    """NFKC, lower case, no spaces, variant kanji to their common form."""
    return "".join(unicodedata.normalize("NFKC", text).lower().translate(VARIANTS).split())


def fold_kana(text: str) -> str:
    """Full-width katakana without spaces or middle dots: ﾔﾏﾀﾞ, やまだ and ヤマダ are one."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(jaconv.hira2kata(wide).replace("・", "").split()).lower()


def to_e164(text: str) -> str | None:
    """The E.164 form of a Japanese or international number in any spelling, or None.

    ０５０−１２３４−５６７８, 050-1234-5678, +81 50 1234 5678 and (050)12345678 are the same number.
    """
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("ー", "-")
    try:
        number = phonenumbers.parse(plain, "JP")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def looks_like_phone(text: str) -> bool:
    """Whether a search text is meant as a telephone number: digits, signs and at least six digits."""
    plain = unicodedata.normalize("NFKC", text).translate(DASHES)
    stripped = plain.replace(" ", "").replace("(", "").replace(")", "").replace("+", "")
    return stripped.isdigit() and len(stripped) >= 6
