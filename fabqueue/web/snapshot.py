"""A photo among other answers: taken by the phone's camera, made small and clean while the form is checked."""

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from flask_babel import gettext
from werkzeug.datastructures import FileStorage
from wtforms import FileField
from wtforms.validators import StopValidation

from fabqueue.calls import look_again
from fabqueue.services.errors import Refused
from fabqueue.services.photos import Pictures
from fabqueue.tasks import photos as taking
from fabqueue.web.errors import said
from fabqueue.web.site import context


class Snapshot(FileField):
    """One photo or none; `pictures` is what was made of it. A form that holds one is sent as multipart."""

    pictures: Pictures | None = None
    errors: Sequence[str]

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, render_kw={"accept": "image/*", "capture": "environment"}, **more)
        self.type = "FileField"  # what the templates know it by

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What was chosen; a browser sends an empty file where nothing was."""
        sent = [each for each in valuelist if isinstance(each, FileStorage) and each.filename]
        self.data = sent[0] if sent else None

    def pre_validate(self, _form: Any) -> None:
        """No transaction stays open meanwhile."""
        if self.data is None:
            return
        look_again()
        try:
            self.pictures = taking.take(context(), cast(BinaryIO, self.data.stream))
        except Refused as problem:
            raise StopValidation(said(problem)) from None

    def ask_again(self) -> None:
        """Browsers forget a file when a form comes back: say so beside the field."""
        if self.data is not None and not self.errors:
            self.errors = [gettext("Take or choose the photo again.")]
