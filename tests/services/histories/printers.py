"""What people and machines may do in a lab of two printers, in any order."""

from typing import ClassVar

from fabqueue.dispatch.context import Context
from tests.services.histories.at_machines import AtMachines
from tests.services.histories.desk import Desk
from tests.services.histories.members import Members
from tests.services.histories.plate_truths import PlateTruths
from tests.services.histories.plates import Plates
from tests.services.histories.troubles import Troubles
from tests.support import factories


class PrinterHistory(Members, Desk, Plates, AtMachines, Troubles):
    """Two printers, two spools, a box of each of two members."""

    REACHED: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.truths = PlateTruths()

    @classmethod
    def fill(cls, context: Context) -> None:
        with context.db.writing() as session:
            lab = factories.lab(session)
            other = factories.stock(session, lab.site, lab.pla, "red", left_mg=9000)
            factories.machine(session, lab.site, lab.model, other)
            lab.grey.left_mg = 12_000
            for number, owner in enumerate((lab.alice, lab.bob)):
                box = factories.analysed_box(session, context.storage, owner, (20, 20, 20 + number))
                factories.estimate(session, context.config, box)
            session.commit()
