"""Why something may not be done by the day it is needed."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "promise_no_length": Sentence(N_("Nobody knows how long it takes.")),
    "promise_by_person": Sentence(N_("It depends on when somebody starts it.")),
    "promise_closed": Sentence(N_("The lab is closed until %(opens_at)s.")),
    "promise_long": Sentence(N_("It takes %(takes_seconds)s, and machines are left alone only as far as the lab allows.")),
    "promise_behind": Sentence(
        N_("%(ahead)s other run waits for these machines."), plural=N_("%(ahead)s other runs wait for these machines."),
        count="ahead",
    ),
}  # fmt: skip
