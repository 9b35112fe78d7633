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
    "notice_failed": Sentence(N_("%(job)s, %(title)s failed"), N_("A technician decides whether it is tried again.")),
    "notice_filed": Sentence(
        N_("%(job)s, %(title)s was asked for in your name"),
        N_("Somebody of the staff filed it for you. Cancel it if that was a mistake."),
    ),
    "notice_failure_charged": Sentence(
        N_("%(job)s, %(title)s: a failure is charged"), N_("Open the job to see how much it is and why.")
    ),
    "notice_stock_low": Sentence(
        N_("%(stock)s runs low: %(left_grams)s left"), N_("Less than %(low_grams)s is left. Order more, or weigh it.")
    ),
    "notice_stock_low_sheets": Sentence(
        N_("%(stock)s runs low: %(left_mm2)s left"), N_("Less than %(low_mm2)s is left. Order more, or count it.")
    ),
    "notice_service_due": Sentence(
        N_("%(machine)s: “%(task)s” is due"), N_("Do it, then say so in the machine's service book.")
    ),
    "notice_laser_alone": Sentence(
        N_("%(machine)s works, and nobody says that they are beside it"), N_("Go there and look. It is not stopped.")
    ),
    "notice_beam": Sentence(
        N_("%(machine)s was stopped, and does not confirm that its beam is off"), N_("Go there and look at the laser.")
    ),
    "notice_doubt": Sentence(
        N_("%(machine)s: what became of its work is in doubt"),
        N_("Go there and look, then say what you found. Nothing starts there before."),
    ),
    "notice_fault": Sentence(
        N_("%(machine)s has a fault"), N_("Go there and look. Nothing starts there until it is gone.")
    ),
    "notice_paused": Sentence(
        N_("%(machine)s stands paused in the middle of its work"),
        N_("Go there and look: the material may have run out, or somebody paused it at its display."),
    ),
    "notice_emergency": Sentence(
        N_("%(machine)s was stopped in an emergency and does not confirm it"), N_("Go there and switch it off by hand.")
    ),
    "notice_unconfirmed": Sentence(
        N_("%(machine)s does not confirm what it was told"), N_("Go there and look. It is told again until it does.")
    ),
    "notice_rejected": Sentence(N_("%(job)s, %(title)s was declined"), N_("The reason stands in the job.")),
    # what there are notices about, as the account page names it
    "about_question": Sentence(N_("The workshop asks you something")),
    "about_price_change": Sentence(N_("A price has changed")),
    "about_ready": Sentence(N_("Something is ready to collect")),
    "about_failed": Sentence(N_("A job failed")),
    "about_rejected": Sentence(N_("A job was declined")),
    "about_project": Sentence(N_("I become, or am no longer, an author of a project")),
    "about_stock_low": Sentence(N_("Material runs low")),
    "about_service_due": Sentence(N_("A machine is due for a service")),
    "about_laser_alone": Sentence(N_("Nobody answers at a laser that works")),
    "about_doubt": Sentence(N_("What became of work at a machine is in doubt")),
    "about_fault": Sentence(N_("A machine has a fault, paused by itself, or does not confirm an emergency stop")),
    "about_unconfirmed": Sentence(N_("A machine does not confirm that it stopped, paused or went on")),
    "about_beam": Sentence(N_("A laser does not confirm that its beam is off")),
    "about_filed": Sentence(N_("Somebody filed a job in your name")),
    "notice_author_added": Sentence(
        N_("%(name)s made you an author of %(title)s"), N_("You may write its page now. You can leave it at any time.")
    ),
    "notice_author_removed": Sentence(N_("%(name)s took you out of the authors of %(title)s")),
    "notice_author_left": Sentence(N_("%(name)s is no longer an author of %(title)s")),
    "notice_author_owns": Sentence(
        N_("%(name)s handed %(title)s over to you"), N_("You own it now: you bring authors in and may delete it.")
    ),
}
