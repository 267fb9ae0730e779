"""The form that takes a file of rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm
from tickets.importing import MOST_BYTES


class ImportForm(DeskForm):
    """One CSV file; its rows are checked later, by the worker."""

    file = forms.FileField(
        label=_("CSV file"),
        allow_empty_file=True,
        help_text=_("UTF-8 or Shift_JIS, up to 20 MB and 100,000 rows. Nothing is written until you say so."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,text/csv"}),
    )

    def clean_file(self) -> Any:
        """Not larger than the house takes; asked before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 1024 // 1024}
            )
        return file
