"""Why an approved job is not being made at this moment, and what would help."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "wait_slicing": Sentence(N_("It is being prepared for the machine.")),
    "wait_turn": Sentence(N_("%(ahead)s run is before it."), plural=N_("%(ahead)s runs are before it."), count="ahead"),
    "wait_busy": Sentence(N_("%(machine)s is at work on something else.")),
    "wait_clear": Sentence(
        N_("The bed of %(machine)s has to be cleared first."),
        advice=N_("Take off what lies there, look at it, and say that the bed is clear."),
    ),
    "wait_material": Sentence(
        N_("%(machine)s has no %(material)s loaded."), advice=N_("Load %(material)s and say so at the machine.")
    ),
    "wait_colour": Sentence(
        N_("%(machine)s has %(material)s loaded, but not in %(colour)s."),
        advice=N_("Load %(material)s in %(colour)s, or ask the member whether another colour will do."),
    ),
    "wait_stock_short": Sentence(
        N_("It needs %(needed_grams)s of %(material)s; %(left_grams)s are left on %(machine)s."),
        advice=N_("Load a fuller spool, or correct what is left on this one."),
    ),
    "wait_fault": Sentence(
        N_("%(machine)s has a fault."), advice=N_("The machine's page says what is wrong and what to do.")
    ),
    "wait_maintenance": Sentence(
        N_("%(machine)s is out of service."), advice=N_("Put it back into service when it is fit again.")
    ),
    "wait_offline": Sentence(
        N_("%(machine)s is out of reach."), advice=N_("Check that it is switched on and on the network.")
    ),
    "wait_silent": Sentence(
        N_("%(machine)s has not answered since %(since_at)s. It may be going on there all the same."),
        advice=N_(
            "Look at the machine and its network. To give the run up, stop it: you are then asked what happened."
        ),
    ),
    "wait_no_machine": Sentence(
        N_("No machine of this kind is in service: %(machine)s."),
        advice=N_("Add one, or change the job to another kind of machine."),
    ),
    "wait_person": Sentence(
        N_("It waits for somebody to start it at %(machine)s."),
        advice=N_("Go to the machine, start the work, and say so there."),
    ),
    "wait_certified_person": Sentence(
        N_("It waits for somebody with a certification to start it at %(machine)s."),
        advice=N_("Go to the machine together with somebody who is certified for it."),
    ),
    "wait_lab_held": Sentence(
        N_("The lab has stopped all machines from starting: %(reason)s"),
        advice=N_("A technician lets the queue go on when it is safe."),
    ),
    "wait_in_doubt": Sentence(
        N_("Nobody can know from here what happened on %(machine)s. Somebody has to look."),
        advice=N_("Look at the bed, then say whether it printed, failed, or should be printed again."),
    ),
    "wait_paused": Sentence(
        N_("%(machine)s is paused."), advice=N_("See to what it was paused for, then let it go on.")
    ),
    "wait_taking_off": Sentence(
        N_("It is made. Somebody has to take it off %(machine)s."),
        advice=N_("Take it off, look at it, and say that the bed is clear."),
    ),
}
