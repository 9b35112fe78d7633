"""Licences in plain words: what others may do."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "licence_permissive_hardware": Sentence(N_("Make, change and sell it; name where it comes from.")),
    "licence_weak_hardware": Sentence(N_("Share changes to the design itself; use it inside anything.")),
    "licence_strong_hardware": Sentence(N_("Share changes, and what it becomes part of, under the same licence.")),
    "licence_public_domain": Sentence(N_("Do whatever you like; no need to ask or to name anybody.")),
    "licence_attribution": Sentence(N_("Make, change and sell it; name who made it.")),
    "licence_share_alike": Sentence(N_("Make, change and sell it; name who made it and share alike.")),
    "licence_non_commercial": Sentence(N_("Make and change it, but not for money. This is not open hardware.")),
    "licence_permissive_software": Sentence(N_("Use it for anything; keep the licence text with it.")),
    "licence_strong_software": Sentence(N_("Use it for anything; share changes under the same licence.")),
    "licence_non_commercial_alike": Sentence(
        N_("Make and change it, but not for money, and share alike. This is not open hardware.")
    ),
    "licence_non_commercial_unchanged": Sentence(
        N_("Make it as it is, not for money; changes may not be shared. This is not open hardware.")
    ),
    "licence_unchanged": Sentence(
        N_("Make and sell it as it is; changes may not be shared. This is not open hardware.")
    ),
    "licence_weak_software": Sentence(N_("Use it inside anything; share changes to the files themselves.")),
    "licence_own": Sentence(N_("Terms of its own: read them before you make it.")),
    "licence_other": Sentence(N_("Read its text before you make it.")),
    "licence_none": Sentence(N_("All rights reserved: look, and ask before you make it. This is not open hardware.")),
}
