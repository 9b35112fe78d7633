"""An account's statement as a table for spreadsheets; cells that one would take for a formula are disarmed."""

import csv
import io
from collections.abc import Sequence

from flask_babel import gettext as _

from fabqueue.services.statements import Line
from fabqueue.wording import Reader
from fabqueue.wording.values import minor_to_text

BYTE_ORDER_MARK = "\ufeff"
"""Excel reads UTF-8 by it."""


def table(lines: Sequence[Line], words: Reader) -> str:
    """Newest first, amounts in the site's currency with a point."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow([_("Date"), _("What"), _("Job"), _("Change"), _("Held"), _("Balance"), _("Note")])
    for line in lines:
        entry = line.entry
        amounts = (entry.minor, entry.held_minor, line.minor_after)
        writer.writerow([
            entry.at.isoformat(timespec="seconds"), _safe(words.say(line.code, line.values)),
            line.job.code if line.job else "", *(minor_to_text(each, words.currency) for each in amounts),
            _safe(entry.note),
        ])  # fmt: skip
    return BYTE_ORDER_MARK + sheet.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
