"""The administrator brings a file in: the report by line, the bar, the downloads; and none of it for anybody else."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories.cast import cast
from tickets.models import Customer, ImportJob
from tickets.services import imports

pytestmark = pytest.mark.django_db
WHEN = dt.datetime(2026, 1, 26, 3, 0, tzinfo=dt.UTC)
TEXT = "顧客番号,氏名,フリガナ,電話番号\nC1,佐藤 光,サトウ ヒカル,\nC2,=HYPERLINK(1),ヤマダ,12\n"


@pytest.fixture
def administrator():
    client = Client()
    client.force_login(cast().administrator, backend="config.accounts.StaffBackend")
    return client


def send(client: Client, content: bytes, name: str = "顧客.csv"):
    url = reverse("tickets:new_import", args=["customers"])
    return client.post(url, {"file": SimpleUploadedFile(name, content, content_type="text/csv")})


def test_from_the_file_to_the_customers(administrator):
    answer = send(administrator, TEXT.encode("cp932"))
    job = ImportJob.objects.get()
    assert answer.headers["Location"] == job.get_absolute_url()
    progress = reverse("tickets:import_progress", args=[job.pk])
    waiting = administrator.get(progress)
    assert b'max="2"' in waiting.content
    assert b"every 1s" in waiting.content
    assert b"<noscript>" in waiting.content  # without JavaScript: look again
    imports.work_once(at=WHEN)
    assert administrator.get(progress)["HX-Refresh"] == "true"
    page = administrator.get(job.get_absolute_url()).content.decode()
    assert "<strong>電話番号</strong>" in page
    assert "電話番号ではありません" in page
    report = b"".join(
        administrator.get(reverse("tickets:import_errors", args=[job.pk])).streaming_content
    ).decode()
    assert report.startswith("\ufeff行,")
    assert "3,C2,電話番号,これは電話番号ではありません。,12" in report
    administrator.post(reverse("tickets:bring_in", args=[job.pk]))
    imports.work_once(at=WHEN)
    assert list(Customer.objects.values_list("number", flat=True)) == ["C1"]
    page = administrator.get(f"{job.get_absolute_url()}?verdict=new").content.decode()
    assert "佐藤 光" in page
    assert "剣持 光" in page
    # A second press finds it done, and says so.
    told = administrator.post(reverse("tickets:bring_in", args=[job.pk]), follow=True)
    assert Customer.objects.count() == 1
    assert told.status_code == 200


def test_what_cannot_be_read_stays_on_the_form_with_its_reason(administrator):
    answer = send(administrator, b"\x81\xff\x00\xfd")
    assert answer.status_code == 422
    assert "Shift_JIS" in answer.content.decode()
    missing = send(administrator, "番号,氏名\nC1,佐藤\n".encode())
    assert "顧客番号、フリガナ" in missing.content.decode()
    assert not ImportJob.objects.exists()


def test_the_sample_is_a_file_that_can_be_brought_in(administrator):
    sample = administrator.get(reverse("tickets:import_sample", args=["customers"]))
    assert send(administrator, sample.content).status_code == 302
    imports.work_once(at=WHEN)
    assert ImportJob.objects.get().rows.get().verdict == "new"


def test_the_page_costs_the_same_for_many_rows(administrator, django_assert_max_num_queries):
    text = "顧客番号,氏名,フリガナ\n" + "".join(f"C{n},,ヤマダ\n" for n in range(300))
    send(administrator, text.encode())
    imports.work_once(at=WHEN)
    with django_assert_max_num_queries(8):
        page = administrator.get(ImportJob.objects.get().get_absolute_url())
    assert len(page.context["rows"]) == 50
    with django_assert_max_num_queries(8):
        administrator.get(reverse("tickets:imports"))
