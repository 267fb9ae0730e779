"""CSV that a spreadsheet opens right and calculates nothing from; the usual periods."""

import csv
import datetime as dt
import io

import pytest

from tickets import csv_out, reports
from tickets.dates import jst


@pytest.mark.parametrize("text", ["=1+1", "+81", "-5", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n-2"])
def test_what_a_spreadsheet_would_calculate_gets_an_apostrophe(text):
    assert csv_out.cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("山田 灯", "山田 灯"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (-550, "-550"),
        (3.5, "3.5"),
        (True, "1"),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (jst(2026, 1, 31, 9, 5), "2026-01-31 09:05"),
    ],
)
def test_everything_else_stays_what_it_is(value, written):
    assert csv_out.cell(value) == written


def test_the_file_has_a_bom_crlf_and_quotes_and_reads_back():
    rows = [('山田, "灯"', "一行目\n二行目"), *[("x", n) for n in range(500)]]
    text = "".join(csv_out.stream(["#件数", "=head"], rows))
    assert text.startswith('\ufeff"件数","\'=head"\r\n')
    assert text.encode().startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert read[1] == ['山田, "灯"', "一行目\n二行目"]
    assert len(read) == 502
    assert text.count("\r\n") == 502


def test_rows_are_read_as_the_pieces_are_asked_for():
    asked = []
    pieces = csv_out.stream(["a"], (asked.append(n) or (n,) for n in range(10_000)))
    next(pieces)
    assert len(asked) <= csv_out.BATCH


@pytest.mark.parametrize(
    ("today", "month", "last", "quarter"),
    [
        (dt.date(2026, 1, 5), ("2026-01-01", "2026-01-31"), ("2025-12-01", "2025-12-31"), ("2026-01-01", "2026-03-31")),
        (dt.date(2028, 3, 31), ("2028-03-01", "2028-03-31"), ("2028-02-01", "2028-02-29"), ("2028-01-01", "2028-03-31")),
        (dt.date(2026, 11, 1), ("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-31"), ("2026-10-01", "2026-12-31")),
    ],
)  # fmt: skip
def test_the_usual_periods(today, month, last, quarter):
    found = {key: tuple(day.isoformat() for day in days) for key, days in reports.presets(today).items()}
    assert found == {"month": month, "last_month": last, "quarter": quarter}
