"""Two tables with the indexes that their pages need, and no more."""

from django.db import models


class Ticket(models.Model):
    """A case with what a list shows."""

    customer_name = models.CharField(max_length=60)
    phone = models.CharField(max_length=16, db_index=True)
    subject = models.CharField(max_length=200)
    status = models.CharField(max_length=12)
    priority = models.SmallIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["status", "priority", "opened_at", "id"], name="floor_queue")]

    def __str__(self) -> str:
        return self.subject


class Entry(models.Model):
    """A line of its history."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    body = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["ticket", "at"], name="floor_entries")]

    def __str__(self) -> str:
        return self.body
