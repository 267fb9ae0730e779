"""What someone was typing, kept on the server until it is saved (F: never lose a word)."""

from __future__ import annotations

from django.db import models


class Draft(models.Model):
    """The unsaved text of one person in one form about one thing; `fields` holds name → text."""

    staff = models.ForeignKey("tickets.Staff", on_delete=models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    fields = models.JSONField(default=dict)
    based_on_version = models.PositiveIntegerField(null=True, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "form", "subject"], name="f1_one_draft_a_form")
        ]
