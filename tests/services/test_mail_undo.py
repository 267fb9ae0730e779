"""A mail called back in its ten seconds: what it said is owed again; a closing notice is simply not sent."""

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import Refused
from tickets.models import OutboxMessage
from tickets.services import mail_undo, outbox

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A13", "D9")]
AT = jst(2026, 2, 2, 11, 0)


def put(people, key, **more):
    case = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=AT)
    mail = outbox.put_mail(
        key=key, to="a@example.jp", subject="ご回答", body="…", at=AT, ticket_id=case.pk, **more
    )
    return case, mail


@pytest.mark.parametrize("owed", [1, 0])
def test_what_a_called_back_mail_said_is_owed_again(owed: int):
    people = cast()
    case, mail = put(people, "answer:1", owed_again=bool(owed))
    mail_undo.call_back(message_id=mail.pk, actor=people.operator, at=AT)
    assert OutboxMessage.objects.get(pk=mail.pk).status == "withdrawn"
    promises = case.promises.open().filter(kind="written_answer")
    assert promises.count() == owed
    assert all("ご回答" in promise.what for promise in promises)
    with pytest.raises(Refused):
        mail_undo.call_back(message_id=mail.pk, actor=people.operator, at=AT)
    assert case.promises.open().filter(kind="written_answer").count() == owed


def test_a_survey_is_nobodys_to_call_back():
    people = cast()
    _, mail = put(people, "survey:1", once="at_most")
    with pytest.raises(Refused):
        mail_undo.call_back(message_id=mail.pk, actor=people.operator, at=AT)
