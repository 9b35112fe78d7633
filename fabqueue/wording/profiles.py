"""The machine profiles that travel with FabQueue, as people call them. A lab's own profiles go by their own titles."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "profile_marlin_250": Sentence(N_("Marlin printer, 250 × 210 × 210 mm")),
    "profile_mini_180": Sentence(N_("Small printer, 180 × 180 × 180 mm")),
    "profile_laser_600": Sentence(N_("Laser cutter, 600 × 400 mm")),
    "profile_manual": Sentence(N_("Tool driven by hand")),
}


def code(slug: str) -> str:
    """The code of a profile's words, which only the shipped ones have."""
    return f"profile_{slug.replace('-', '_')}"
