"""Whether something would be done by the day it is needed, and why it may not be."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "promise_likely": Sentence(N_("Likely done %(expected_at)s, at the latest %(latest_at)s.")),
    "promise_perhaps": Sentence(
        N_("Perhaps in time: most likely %(expected_at)s, but it may take until %(latest_at)s.")
    ),
    "promise_hardly": Sentence(N_("Probably not before %(expected_at)s.")),
    "promise_unknown": Sentence(N_("Nobody can say whether it is done by then.")),
    "promise_no_length": Sentence(N_("Nobody knows how long it takes.")),
    "promise_no_end": Sentence(N_("Nobody knows how long the work before it takes.")),
    "promise_at_work": Sentence(N_("The machines are still at work on something else.")),
    "promise_by_person": Sentence(N_("It depends on when somebody starts it.")),
    "promise_closed": Sentence(N_("The lab is closed until %(opens_at)s.")),
    "promise_long": Sentence(N_("It takes %(takes_seconds)s, and machines are left alone only as far as the lab allows.")),
    "promise_behind": Sentence(
        N_("%(ahead)s other run waits for these machines."), plural=N_("%(ahead)s other runs wait for these machines."),
        count="ahead",
    ),
}  # fmt: skip
