"""What was brought into that lab: lists of people and of past jobs, settings of a slicer, in every state."""

from collections.abc import Mapping

from fabqueue.models import ImportKind
from tests.languages.everything import Everything
from tests.support.labs import LabBuilder

BUNDLE = (
    "[printer:Принтер]\nbed_shape = 0x0,250x0,250x210,0x210\nnozzle_diameter = 0.4\nretract_length = 1\n"
    "print_host = 1.2.3.4\npost_process = /скрипт\n[printer:Смола]\nprinter_technology = SLA\n"
    "[printer:Два]\nnozzle_diameter = 0.4,0.4\n[print:Печать]\nlayer_height = 0.2\ntravel_speed = 90\n"
    "[filament:Пластик]\nfilament_type = ПЛА\ntemperature = 200\nfilament_density = 1.24\nfilament_diameter = 1.75\n"
    "filament_colour = #112233\n[filament:А]\ninherits = Б\n[filament:Круг]\ninherits = Круг\n[filament:Мало]\nх = 1\n"
    "[filament:Вред]\ntemperature = 1\nend_filament_gcode = M81\n[physical_printer:Ключ]\nprinthost_apikey = 1\n"
)
"""Settings of a slicer with everything that can be said of them."""


class Lists:
    def __init__(self, lab: LabBuilder, made: Everything) -> None:
        self._lab, self._made = lab, made

    def bring(self) -> None:
        people = {"columns": {"user_name": 0, "email": 1, "private_name": 2}}
        past = {"columns": {"filename": 0, "mass": 1, "time": 2, "made_on": 3, "price": 4, "outcome": 5, "person": 6}}
        read = self._imported(ImportKind.PEOPLE, "А;Б;В\n1101;1101@2.3;Олег\n1102;хлам;Ольга\n1001;;Анна\n", people)
        jobs = self._imported(ImportKind.PAST_JOBS, "А;Б;В;Г;Д;Е;Ж\nХ;12,5;1:30:00;2024-03-01;4,20;1;Кто\n"
                             "Х;?;90;3/4/2024;?;?;\n", past)  # fmt: skip
        made = self._imported(ImportKind.PEOPLE, "А;Б;В\n1103;;Пётр\n", people, make=True)
        failed = self._imported(ImportKind.PEOPLE, "PK\x03\x04", {})
        waiting = self._imported(ImportKind.PAST_JOBS, "А;Б\n1;2\n", {}, read=False)
        bundle, resin = (self._imported(ImportKind.BUNDLE, text, {}) for text in (BUNDLE, "[sla_print:А]\nх = 1\n"))
        self._made.imports = [read, jobs, made, failed, waiting, bundle, resin]

    def _imported(self, kind: ImportKind, content: str, choices: Mapping[str, object], **steps: bool) -> str:
        return self._lab.bring_in(kind, content.encode(), "Список", choices, **steps)
