"""Small phrases that several places put together."""

from fabqueue.wording.catalogue import N_, Sentence

RANGE = N_("%(low)s to %(high)s")

SENTENCES: dict[str, Sentence] = {}
