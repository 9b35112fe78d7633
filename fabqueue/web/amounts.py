"""A money field in the lab's own currency, shown as people write it."""

from fabqueue.web.forms import Money
from fabqueue.web.site import the_site
from fabqueue.wording.values import minor_to_text, text_to_minor


class Amount(Money):
    """Minor units of the site's currency; typed and shown as 4.20. A comma is understood as the decimal sign."""

    def read(self, typed: str) -> int:
        return text_to_minor(typed.replace(",", "."), the_site().currency)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else minor_to_text(self.data, the_site().currency)
