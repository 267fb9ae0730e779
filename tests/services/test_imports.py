"""Customers and contracts out of files: checked first, brought in by a person, in batches, and never twice (F)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import Contract
from tests.factories import billing
from tests.factories.cast import Cast, cast
from tests.factories.tickets import customer
from tickets import importing, spreadsheet
from tickets.errors import NotAllowed, Refused
from tickets.models import Customer, ImportJob, ImportRow
from tickets.queries import imports as reads
from tickets.services import imports

pytestmark = pytest.mark.django_db
WHEN = dt.datetime(2026, 1, 26, 3, 0, tzinfo=dt.UTC)
HEAD = "顧客番号,氏名,フリガナ,電話番号,メールアドレス\r\n"


@pytest.fixture
def people() -> Cast:
    return cast()


def uploaded(people: Cast, text: str, kind: str = "customers", encoding: str = "utf-8") -> ImportJob:
    return imports.upload(
        kind=kind, filename="顧客.csv", content=text.encode(encoding), actor=people.administrator, at=WHEN
    )


def worked(job: ImportJob) -> ImportJob:
    while imports.work_once(at=WHEN):
        pass
    return ImportJob.objects.get(pk=job.pk)


def brought(people: Cast, job: ImportJob) -> ImportJob:
    imports.bring_in(job_id=job.pk, actor=people.administrator, at=WHEN)
    return worked(job)


def codes(job: ImportJob) -> dict[int, list[tuple[str, str]]]:
    return {
        row.line: [(problem["column"], problem["code"]) for problem in row.problems]
        for row in job.rows.exclude(problems=[]).order_by("line")
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_file_is_checked_first_and_brought_in_once_in_any_encoding(people, encoding):
    rows = (
        "C900,髙﨑 灯,ﾀｶｻｷ ｱｶﾘ,０９０−１２３４−５６７８,\r\nC901,山田 渚,やまだ なぎさ,,nagisa@example.jp\r\n"
    )
    job = worked(uploaded(people, HEAD + rows, encoding=encoding))
    assert (job.status, job.encoding) == ("checked", encoding)
    assert reads.counts(job) == {"new": 2, "changed": 0, "unchanged": 0, "wrong": 0}
    assert not Customer.objects.exists()  # the dry run wrote nothing
    assert brought(people, job).status == "done"
    found = Customer.objects.get(number="C900")
    assert (found.name, found.name_kana, found.kana_search, found.name_search) == (
        "髙﨑 灯", "タカサキ アカリ", "タカサキアカリ", "高崎灯",
    )  # fmt: skip
    assert found.phones.get().e164 == "+819012345678"
    again = worked(uploaded(people, HEAD + rows, encoding=encoding))
    assert reads.counts(again)["unchanged"] == 2
    with pytest.raises(Refused, match="F1"):
        imports.bring_in(job_id=again.pk, actor=people.administrator, at=WHEN)


def test_every_wrong_cell_is_named_with_its_line_and_the_good_rows_are_brought_in(people):
    standing = customer(number="C1", name="佐藤 光", kana="サトウ ヒカル", phone="+819011112222")
    text = HEAD + (
        "C1,佐藤 光,サトウ ヒカル,03-1234-5678,\n"  # 2: a telephone more
        "\n"
        "C2,,ヤマダ,12,no-mail\n"  # 4
        "C3,山田 灯,漢字,,\n"  # 5
        "C4,佐藤 ひかる,ｻﾄｳ ﾋｶﾙ,09011112222,\n"  # 6: perhaps the same person
        "C4,佐藤 二,サトウ ニ,,\n"  # 7
        "N00000012,江川 桜,エガワ サクラ,,\n"  # 8
        "C 5,江川 桜,エガワ サクラ,,,余り\n"  # 9
    )
    job = worked(uploaded(people, text))
    assert codes(job) == {
        4: [("name", "missing"), ("phone", "phone"), ("email", "email")],
        5: [("name_kana", "kana")],
        6: [("phone", "resembles")],
        7: [("customer_number", "twice")],
        8: [("customer_number", "reserved")],
        9: [("", "too_many_cells"), ("customer_number", "key_form")],
    }
    assert reads.counts(job) == {"new": 1, "changed": 1, "unchanged": 0, "wrong": 5}
    cells = [list(row) for row in reads.report(job)]
    assert [4, "C2", "電話番号", "12"] in [[*row[:3], row[4]] for row in cells]
    brought(people, job)
    assert sorted(standing.phones.values_list("e164", flat=True)) == ["+81312345678", "+819011112222"]
    assert sorted(Customer.objects.values_list("number", flat=True)) == ["C1", "C4"]
    assert job.rows.filter(brought_at__isnull=False).count() == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "顧客番号,氏名\nC1,山田\n",
        HEAD,
        HEAD.strip() + ",氏名\nC1,山田,ヤマダ,,,山田\n",
        HEAD + 'C1,"山田,ヤマダ,,\n',
    ],
)
def test_a_file_that_cannot_be_taken_says_why_at_once(people, text):
    with pytest.raises(Refused, match="F1"):
        uploaded(people, text)
    assert not ImportJob.objects.exists()


def test_neither_encoding_nor_rank(people):
    with pytest.raises(Refused, match="UTF-8"):
        imports.upload(
            kind="customers", filename="x", content=b"\x81\xff\x00\xfd", actor=people.administrator, at=WHEN
        )
    with pytest.raises(NotAllowed):
        imports.upload(kind="customers", filename="x", content=b"", actor=people.manager, at=WHEN)


def test_what_changed_since_the_check_is_judged_anew(people):
    job = worked(uploaded(people, HEAD + "C1,佐藤 光,サトウ ヒカル,,\nC2,山田 灯,ヤマダ アカリ,,\n"))
    customer(number="C1", name="佐藤 光", kana="サトウ ヒカル")
    assert brought(people, job).brought_rows == 2
    assert list(job.rows.order_by("line").values_list("verdict", flat=True)) == ["unchanged", "new"]


def test_batches_take_a_fixed_number_of_statements_and_a_killed_worker_goes_on_where_it_was(
    people, django_assert_max_num_queries
):
    text = HEAD + "".join(f"C{n:06},山田 {n},ヤマダ {'アイウエオ'[n % 5]},090{n:08},\n" for n in range(2_100))
    job = uploaded(people, text)
    with django_assert_max_num_queries(16):
        assert imports.work_once(at=WHEN)
    assert ImportJob.objects.get(pk=job.pk).read_rows == imports.BATCH == job.rows.count()
    worked(job)
    imports.bring_in(job_id=job.pk, actor=people.administrator, at=WHEN)
    with django_assert_max_num_queries(24):
        imports.work_once(at=WHEN)
    # What a kill leaves is what was committed: whole batches. The next worker goes on behind them.
    assert Customer.objects.count() == imports.BATCH == job.rows.filter(brought_at__isnull=False).count()
    done = worked(job)
    assert (done.status, done.brought_rows, Customer.objects.count()) == ("done", 2_100, 2_100)


def test_a_row_the_database_refuses_keeps_no_other_back(people, monkeypatch):
    job = worked(uploaded(people, HEAD + "C1,佐藤 光,サトウ ヒカル,,\nC2,山田 灯,ヤマダ アカリ,,\n"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tickets_customer ADD CONSTRAINT f1_no_lamp CHECK (name <> '山田 灯')")
    done = brought(people, job)
    assert (done.status, done.brought_rows) == ("done", 1)
    assert codes(job) == {3: [("customer_number", "refused")]}
    assert "no lamp" in importing.told(job.rows.get(line=3).problems[0])


def test_a_file_that_fails_again_and_again_is_given_up_with_its_error(people, monkeypatch):
    job = uploaded(people, HEAD + "C1,佐藤 光,サトウ ヒカル,,\n")
    monkeypatch.setattr(imports, "_check", lambda *_: 1 / 0)
    for _ in range(imports.MOST_FAILURES):
        imports.work_once(at=WHEN)
    job = ImportJob.objects.get(pk=job.pk)
    assert (job.status, job.last_error) == ("failed", "ZeroDivisionError: division by zero")


def test_contracts_name_customer_product_circuit_and_lines():
    people = billing.shop().cast
    customer(number="C1", name="佐藤 光", kana="サトウ ヒカル")
    head = "契約番号,顧客番号,商品コード,契約開始日,回線事業者コード,回線ID,設置場所,回線種別,電話番号\n"
    code = billing.ProductVersion.objects.select_related("product").order_by("-during").first().product.code
    good = f"H1,C1,{code},2012/4/1,toto-line,TL1,東京都,ネット・電話,050-1234-5678\n"
    text = head + good + (
        f"H2,C9,{code},2012-04-01,toto-line,TL2,東京都,電話,\n"
        f"H3,C1,none,2012-04-01,aozora-agency,TL3,東京都,テレビ,\n"
        f"H4,C1,{code},1999-04-01,toto-line,TL1,東京都,テレビ,\n"
        f"H5,C1,{code},2012-02-30,toto-line,TL5,東京都,光,\n"
    )  # fmt: skip
    job = worked(uploaded(people, text, "contracts"))
    assert codes(job) == {
        3: [("customer_number", "unknown_customer"), ("phone_number", "needs_number")],
        4: [("product", "unknown"), ("carrier", "unknown")],
        5: [("product", "not_sold"), ("document", "unknown")],
        6: [("started_on", "date"), ("lines", "choice")],
    }
    brought(people, job)
    made = Contract.objects.get(number="H1")
    assert sorted(made.lines.values_list("kind", "number", "status")) == [
        ("internet", "", "active"), ("phone", "+815012345678", "active"),
    ]  # fmt: skip
    assert made.started_on == made.lines.first().activated_on == dt.date(2012, 4, 1)
    again = head + good.replace("ネット・電話", "ネット 電話 テレビ")
    again += f"H6,C1,{code},2012-04-01,toto-line,TL1,東京都,tv,\nH1,C1,{code},2012-05-01,toto-line,TL1,東京都,tv,\n"
    job = brought(people, worked(uploaded(people, again, "contracts")))
    assert codes(job) == {3: [("circuit", "taken")], 4: [("contract_number", "twice")]}
    assert made.lines.count() == 3
    job = worked(uploaded(people, head + good.replace("4/1", "5/1"), "contracts"))
    assert codes(job) == {2: [("started_on", "fixed")]}


REFUSED = {
    "a job born done": "INSERT INTO tickets_importjob (kind, filename, encoding, content, status, total_rows, read_rows, "
    "brought_rows, uploaded_by_id, uploaded_at, failures, last_error) "
    "VALUES ('customers', 'x', 'utf-8', '', 'done', 1, 0, 0, {staff}, now(), 0, '')",
    "brought in by nobody": "UPDATE tickets_importjob SET status = 'bringing'",
    "stopped by nobody": "UPDATE tickets_importjob SET status = 'cancelled'",
    "another file": "UPDATE tickets_importjob SET content = 'x'",
    "a row brought in before anyone asked": "UPDATE tickets_importrow SET brought_at = now() WHERE verdict = 'new'",
    "a wrong row without why": "UPDATE tickets_importrow SET verdict = 'wrong', problems = '[]'",
    "another row": "UPDATE tickets_importrow SET values = '{{}}'",
    "no row": "DELETE FROM tickets_importrow",
    "no job": "DELETE FROM tickets_importjob",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_the_database_keeps_the_report(people, sql):
    worked(uploaded(people, HEAD + "C1,佐藤 光,サトウ ヒカル,,\nC2,,サトウ,,\n"))
    with pytest.raises(IntegrityError, match=r"(?i)f1"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(staff=people.administrator.pk))


def test_a_wrong_row_is_never_brought_in(people):
    job = worked(uploaded(people, HEAD + "C1,佐藤 光,サトウ ヒカル,,\nC2,,サトウ,,\n"))
    imports.bring_in(job_id=job.pk, actor=people.administrator, at=WHEN)
    with pytest.raises(IntegrityError, match="f1_wrong_row"), transaction.atomic():
        ImportRow.objects.filter(verdict="wrong").update(brought_at=WHEN)
    imports.stop(job_id=job.pk, actor=people.administrator, at=WHEN)
    assert not imports.work_once(at=WHEN)
    assert not Customer.objects.exists()


def test_no_cell_of_a_report_is_run_by_a_spreadsheet():
    line = "".join(
        spreadsheet.lines([["=1+1", "+81312345678", "-5", "@x", "＝1", "山田", None, 7, "-cmd|x"]])
    )
    assert line == "\ufeff'=1+1,+81312345678,-5,'@x,'＝1,山田,,7,'-cmd|x\r\n".replace(",+81", ",'+81")


def test_what_a_file_said_is_thrown_away_90_days_after_its_end_and_the_counts_stay(people):
    job = brought(people, worked(uploaded(people, HEAD + "C1,佐藤 光,サトウ ヒカル,,\r\nC2,,ヤマダ,,\r\n")))
    waiting = uploaded(people, HEAD + "C3,山田 灯,ヤマダ アカリ,,\r\n")
    before = reads.counts(job)
    day_90 = WHEN + imports.KEPT
    assert imports.purge(at=day_90 - dt.timedelta(seconds=1)) == 0
    early = "UPDATE tickets_importjob SET content = '', purged_at = %s WHERE id = %s"
    with pytest.raises(IntegrityError, match="F1"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(early, [day_90 - dt.timedelta(seconds=1), job.pk])
    assert imports.purge(at=day_90) == 1
    assert imports.purge(at=day_90) == 0
    kept = ImportJob.objects.get(pk=job.pk)
    assert (bytes(kept.content), kept.rows.count(), kept.purged_at) == (b"", 0, day_90)
    assert (reads.counts(kept), kept.brought_by, kept.brought_rows) == (before, people.administrator, 1)
    assert bytes(ImportJob.objects.get(pk=waiting.pk).content)  # one that has not ended keeps what it said
    assert Customer.objects.filter(number="C1").exists()


def test_a_file_that_was_checked_and_never_brought_in_lapses_and_is_thrown_away(people):
    job = worked(uploaded(people, HEAD + "C1,佐藤 光,サトウ ヒカル,,\r\nC2,,ヤマダ,,\r\n"))
    before, day_90 = reads.counts(job), WHEN + imports.KEPT
    lapse = "UPDATE tickets_importjob SET status = 'lapsed', content = '', purged_at = %s WHERE id = %s"
    only = "UPDATE tickets_importjob SET status = 'lapsed' WHERE id = %s"
    for sql, values in (
        (lapse, [day_90 - dt.timedelta(seconds=1), job.pk]),  # before its time
        (only, [job.pk]),  # gone from the list with its file still there
    ):
        with (
            pytest.raises(IntegrityError, match=r"(?i)f1"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, values)
    assert imports.purge(at=day_90 - dt.timedelta(seconds=1)) == 0
    assert imports.purge(at=day_90) == 1
    kept = ImportJob.objects.get(pk=job.pk)
    assert (kept.status, bytes(kept.content), kept.rows.count(), reads.counts(kept)) == (
        "lapsed",
        b"",
        0,
        before,
    )
    with pytest.raises(Refused, match="F1"):
        imports.bring_in(job_id=job.pk, actor=people.administrator, at=day_90)
    assert not Customer.objects.exists()
