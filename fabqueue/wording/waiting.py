"""Why an approved job is not being made at this moment, and what would free it: for staff, and for members."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "wait_slicing": Sentence(
        N_("It is being prepared for the machine."),
        advice=N_("Give it a few minutes; the desk says so when a part of FabQueue stands still."),
        member=N_("It is being prepared for the machine, which takes a few minutes."),
    ),
    "wait_turn": Sentence(
        N_("%(ahead)s run is before it."),
        advice=N_("To have it made sooner, move it up in the queue."),
        plural=N_("%(ahead)s runs are before it."),
        count="ahead",
    ),
    "wait_busy": Sentence(
        N_("%(machine)s is at work on something else."),
        advice=N_("It is next, once that is done and the bed is clear."),
        member=N_("%(machine)s is at work on something else; this is next once that is done."),
    ),
    "wait_foreign": Sentence(
        N_("%(machine)s is busy with work that did not come from here."),
        advice=N_("Leave it be; when it is done, clear the bed."),
        member=N_(
            "%(machine)s is busy with work that did not come from here; it goes on when that is done and somebody has "
            "cleared the bed."
        ),
    ),
    "wait_behind_doubt": Sentence(
        N_("%(machine)s takes nothing before somebody has said what became of its last work."),
        advice=N_("Look at the bed, then say whether it printed, failed, or should be printed again."),
        member=N_("%(machine)s takes nothing before somebody of the lab has looked what became of its last work."),
    ),
    "wait_behind_pause": Sentence(
        N_("%(machine)s is paused in the middle of something else."),
        advice=N_("See to what it was paused for, then let it go on."),
        member=N_(
            "%(machine)s is paused in the middle of something else; it goes on when somebody of the lab has seen to it."
        ),
    ),
    "wait_clear": Sentence(
        N_("The bed of %(machine)s has to be cleared first."),
        advice=N_("Take off what lies there, look at it, and say that the bed is clear."),
        member=N_("The bed of %(machine)s has to be cleared first; whoever runs the lab does that."),
    ),
    "wait_material": Sentence(
        N_("%(machine)s has no %(material)s loaded."),
        advice=N_("Load %(material)s and say so at the machine."),
        member=N_("%(machine)s has no %(material)s loaded; it goes on when somebody of the lab loads it."),
    ),
    "wait_colour": Sentence(
        N_("%(machine)s has %(material)s loaded, but not in %(colour)s."),
        advice=N_("Load %(material)s in %(colour)s, or ask the member whether another colour will do."),
        member=N_("%(machine)s has %(material)s loaded, but not in %(colour)s; somebody of the lab has to change it."),
    ),
    "wait_slot": Sentence(
        N_("%(machine)s prints from its first slot, and this %(material)s is loaded in slot %(number)s."),
        advice=N_("Load it in the first slot."),
        member=N_("%(machine)s has its %(material)s loaded in another slot; somebody of the lab has to change it."),
    ),
    "wait_stock_short": Sentence(
        N_("It needs %(needed_grams)s of %(material)s; %(left_grams)s are left on %(machine)s."),
        advice=N_("Load a fuller spool, or correct what is left on this one."),
        member=N_("There is not enough %(material)s left on %(machine)s; it goes on with a fuller spool."),
    ),
    "wait_sheets_short": Sentence(
        N_("It needs %(needed_mm2)s of %(material)s; %(left_mm2)s are left on %(machine)s."),
        advice=N_("Load a fuller pile, or correct what is left of this one."),
        member=N_("There is not enough %(material)s left on %(machine)s; it goes on with more sheets."),
    ),
    "wait_sheets_promised": Sentence(
        N_(
            "It needs %(needed_mm2)s of %(material)s; %(left_mm2)s are left on %(machine)s, of which other work there takes "
            "%(promised_mm2)s."
        ),
        advice=N_("Load a fuller pile, or take the file of something less urgent from the laser."),
        member=N_("Other work at %(machine)s takes the %(material)s that is left there; it goes on with more sheets."),
    ),
    "wait_sheet_small": Sentence(
        N_(
            "It needs a sheet of %(needed_width_mm)s × %(needed_height_mm)s; the %(material)s loaded on %(machine)s is "
            "%(sheet_width_mm)s × %(sheet_height_mm)s."
        ),
        advice=N_("Load a larger sheet and say so at the machine, or make fewer pieces at once."),
        member=N_(
            "The sheets of %(material)s loaded on %(machine)s are too small; somebody of the lab loads larger ones."
        ),
    ),
    "wait_fault": Sentence(
        N_("%(machine)s has a fault."),
        advice=N_("The machine's page says what is wrong and what to do."),
        member=N_("%(machine)s has a fault; it goes on when that is mended."),
    ),
    "wait_maintenance": Sentence(
        N_("%(machine)s is out of service."),
        advice=N_("Put it back into service when it is fit again."),
        member=N_("%(machine)s is out of service; it goes on when it is back."),
    ),
    "wait_offline": Sentence(
        N_("%(machine)s is out of reach."),
        advice=N_("Check that it is switched on and on the network."),
        member=N_("%(machine)s is switched off or out of reach; it goes on when it is there again."),
    ),
    "wait_silent": Sentence(
        N_("%(machine)s has not answered since %(since_at)s. It may be going on there all the same."),
        advice=N_(
            "Look at the machine and its network. To give the run up, stop it: you are then asked what happened."
        ),
        member=N_(
            "%(machine)s has not answered since %(since_at)s; it may be going on there, and somebody of the lab looks."
        ),
    ),
    "wait_no_machine": Sentence(
        N_("No machine of this kind is in service: %(machine)s."),
        advice=N_("Add one, or change the job to another kind of machine."),
        member=N_("No machine of this kind is in service: %(machine)s; the lab has to bring one back."),
    ),
    "wait_person": Sentence(
        N_("It waits for somebody to start it at %(machine)s."),
        advice=N_("Go to the machine, start the work, and say so there."),
        member=N_("It waits for somebody of the lab to start it at %(machine)s."),
    ),
    "wait_certified_person": Sentence(
        N_("It waits for somebody with a certification to start it at %(machine)s."),
        advice=N_("Go to the machine together with somebody who is certified for it."),
        member=N_("It waits for somebody with a certification to start it at %(machine)s."),
    ),
    "wait_armed": Sentence(
        N_("It waits at %(machine)s until somebody arms it."),
        advice=N_("Go to the laser, put the material in, and arm it there. It asks for a certification."),
        member=N_("It waits at %(machine)s until somebody with a certification arms it."),
    ),
    "wait_sent_back": Sentence(
        N_("A technician took its file from %(machine)s; it goes there again from %(until_at)s on."),
        advice=N_("To have it made sooner, change the job to another kind of machine."),
        member=N_("A technician took its file from %(machine)s; it goes there again from %(until_at)s on."),
    ),
    "wait_staged_full": Sentence(
        N_("Other work waits at %(machine)s to be armed first."),
        advice=N_("Arm what waits at the laser, or take its file away from there."),
        member=N_("Other work waits at %(machine)s until somebody arms it."),
    ),
    "wait_certification": Sentence(
        N_("Whoever asked for it has no certification for %(machine)s."),
        advice=N_("Certify the member, or change the settings of the lab."),
        member=N_("You need a certification for %(machine)s first; ask an instructor for one."),
    ),
    "wait_asked": Sentence(
        N_("It waits for %(machine)s, which was asked for."),
        advice=N_("To let any machine take it, release it from %(machine)s at the desk."),
        member=N_("It waits for %(machine)s because that was asked for; a technician may release it from there."),
    ),
    "wait_asked_other": Sentence(
        N_("It waits for %(machine)s because that was asked for; %(other)s is free now."),
        advice=N_("Release it from %(machine)s, and %(other)s takes it."),
        member=N_(
            "It waits for %(machine)s because that was asked for; %(other)s is free now, and a technician may release it."
        ),
    ),
    "wait_closing": Sentence(
        N_("It would not be finished on %(machine)s before the lab closes."),
        advice=N_("It starts from %(again_at)s on, or once the machine may work alone for long enough."),
        member=N_("It would not be finished before the lab closes; it starts from %(again_at)s on."),
    ),
    "wait_closed": Sentence(
        N_("Nobody is in the lab, and %(machine)s must not work alone."),
        advice=N_("It starts from %(again_at)s on, or once the machine may work alone."),
        member=N_(
            "The lab is closed, and %(machine)s works only while somebody is there; it goes on from %(again_at)s on."
        ),
    ),
    "wait_alone_too_long": Sentence(
        N_("%(machine)s would be alone for longer than the %(alone_seconds)s that are allowed."),
        advice=N_("It starts from %(again_at)s on, or once the machine may be alone for longer."),
        member=N_(
            "%(machine)s would be alone for longer than the %(alone_seconds)s that are allowed; it starts from %(again_at)s on."
        ),
    ),
    "wait_day_too_short": Sentence(
        N_("It may take %(takes_seconds)s, which is more than %(machine)s may work without anybody there."),
        advice=N_("Let the machine work alone for longer, divide the job, or start it elsewhere."),
        member=N_(
            "It may take %(takes_seconds)s, longer than %(machine)s may work without anybody there; a technician decides."
        ),
    ),
    "wait_always_closed": Sentence(
        N_("The lab does not open any more, by its settings, and %(machine)s must not work alone for so long."),
        advice=N_("Correct the opening hours and closed days in the settings."),
        member=N_("The lab is closed until further notice; it goes on when it opens."),
    ),
    "wait_length_unknown": Sentence(
        N_("Nobody knows how long it takes, so %(machine)s does not start it: it could be at work after closing."),
        advice=N_("Let the machine work alone through the night, or have a file sent that says its time."),
        member=N_("Nobody knows how long it takes, so it cannot start before closing; a technician decides."),
    ),
    "wait_lab_held": Sentence(
        N_("The lab has stopped all machines from starting: %(reason)s"),
        advice=N_("A technician lets the queue go on when it is safe."),
        member=N_("The lab has stopped all machines from starting until it is safe: %(reason)s"),
    ),
    "wait_in_doubt": Sentence(
        N_("Nobody can know from here what happened on %(machine)s. Somebody has to look."),
        advice=N_("Look at the bed, then say whether it printed, failed, or should be printed again."),
        member=N_("Nobody can know from here what happened on %(machine)s; somebody of the lab looks and decides."),
    ),
    "wait_paused": Sentence(
        N_("%(machine)s is paused."),
        advice=N_("See to what it was paused for, then let it go on."),
        member=N_("%(machine)s is paused; it goes on when somebody of the lab has seen to it."),
    ),
    "wait_taking_off": Sentence(
        N_("It is made. Somebody has to take it off %(machine)s."),
        advice=N_("Take it off, look at it, and say that the bed is clear."),
        member=N_("It is made; somebody of the lab takes it off %(machine)s."),
    ),
}
