"""What the bell and the mail say."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "notice_question": Sentence(
        N_("%(job)s, %(title)s: the workshop needs your answer"), N_("Open the job and answer; it waits for you.")
    ),
    "notice_price_change": Sentence(
        N_("%(job)s, %(title)s: the price has changed"), N_("Open the job and accept the new price, or cancel.")
    ),
    "notice_ready": Sentence(
        N_("%(job)s, %(title)s is ready to collect"), N_("Come by with this number when it suits you.")
    ),
    "notice_failed": Sentence(
        N_("%(job)s, %(title)s failed"), N_("You pay nothing. A technician decides whether it is tried again.")
    ),
    "notice_rejected": Sentence(N_("%(job)s, %(title)s was declined"), N_("The reason stands in the job.")),
}
