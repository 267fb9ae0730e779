from django.db import models
from django.db.models.functions import Now


class Applied(models.Model):
    """One application of one effect. Deliberately without a unique key: two would be two rows."""

    key = models.CharField(max_length=120, db_index=True)
    due_at = models.DateTimeField()
    app_at = models.DateTimeField()
    written_at = models.DateTimeField(db_default=Now())
