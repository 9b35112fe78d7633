"""What a lab of these tests has, and for whom it is."""

from dataclasses import dataclass, field

from fabqueue.models import Person
from tests.languages.everything import Everything


@dataclass
class Place(Everything):
    """What the addresses are filled with, and which of these are for nobody but their people."""

    readers: dict[str, Person] = field(default_factory=dict)
    hidden_files: list[str] = field(default_factory=list)
    """Addresses of files and pictures of Alice that a stranger must not get."""
    hidden_ids: set[str] = field(default_factory=set)
    """Ids of what a stranger must not know of."""
    ids_of_guest: set[str] = field(default_factory=set)
    """Those among them that are the guest's own."""
