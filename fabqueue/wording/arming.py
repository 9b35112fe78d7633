"""Lasers: the checklist, why something cannot be armed, and what becomes of what was."""

from fabqueue.wording.catalogue import N_, Sentence

_GO_AND_LOOK = N_("Go there and look: the beam must be off, and nothing must glow.")
_ARM_AGAIN = N_("It waits at the laser. Go through the checklist again to arm it.")

SENTENCES: dict[str, Sentence] = {
    # the checklist
    "arm_check_material": Sentence(N_("The right material lies flat in the laser, and the laser may work it")),
    "arm_check_focus": Sentence(N_("The focus is set for its thickness")),
    "arm_check_exhaust": Sentence(N_("The exhaust runs")),
    "arm_check_air": Sentence(N_("The air assist is on, or this work needs none")),
    "arm_check_framed": Sentence(N_("The outline was traced and lies on the material")),
    "arm_check_staying": Sentence(N_("I stay beside the laser until it is done, with the extinguisher in reach")),
    "arm_check_missing": Sentence(
        N_("Not ticked: “%(check)s”."), N_("See to it, then tick it. Nothing starts before all of it is ticked.")
    ),
    "arm_not_ticked": Sentence(N_("Not ticked.")),
    # why not
    "machine_not_to_arm": Sentence(N_("%(machine)s is no laser that starts from here.")),
    "run_not_staged": Sentence(
        N_("This work does not wait at %(machine)s to be armed any more."), N_("Look at how it stands now.")
    ),
    "run_not_armed": Sentence(N_("Nobody has armed it, or the time for that is over.")),
    "run_too_long_for_laser": Sentence(
        N_("It takes %(takes_seconds)s; a laser of this lab works for at most %(most_seconds)s."),
        N_("Have the job divided."),
    ),
    "job_not_wanted": Sentence(
        N_("%(job)s is not to be made now."), N_("It waits for an answer, or was given up. Open the job to see.")
    ),
    "arm_not_seen": Sentence(
        N_("%(machine)s has not answered within the last seconds."),
        N_("Check that it is switched on and on the network, then try again."),
    ),
    "frame_not_now": Sentence(N_("%(machine)s is at work, or out of reach."), N_("Wait until it is free.")),
    "frame_no_outline": Sentence(N_("The file says nothing of where it burns, so there is no outline to trace.")),
    "run_stopped_at_screen": Sentence(N_("Somebody stopped it at the screen beside the laser.")),
    "laser_never_alone": Sentence(
        N_("A laser never works while nobody is there."), N_("Leave this off for %(machine)s.")
    ),
    # PINs
    "pin_shape": Sentence(N_("A PIN has %(least)s to %(most)s digits.")),
    "pin_easy": Sentence(N_("This PIN is too easy to guess."), N_("Take digits that are no row and no date.")),
    "pin_wrong": Sentence(N_("This name and PIN do not belong together."), N_("Set a PIN on your account page.")),
    "pin_locked": Sentence(
        N_("There were too many wrong tries; this PIN is locked for a quarter of an hour."),
        N_("Sign in on your phone to arm it, or choose a new PIN on your account page."),
    ),
    "arm_not_certified": Sentence(
        N_("You are not certified for %(machine)s."), N_("Ask somebody who is, or an instructor for a course.")
    ),
    "event_person_choose_pin": Sentence(N_("A PIN for lasers was set")),
    "event_person_drop_pin": Sentence(N_("The PIN for lasers was taken away")),
    "event_person_lock_pin": Sentence(N_("The PIN for lasers was locked after wrong tries")),
    # the beam
    "beam_not_known": Sentence(
        N_("Whether the beam of %(machine)s is off is not known since its work was broken off."),
        N_("Look at the laser, then say that the bed is clear."),
    ),
    "beam_asked": Sentence(N_("Its work was broken off; whether the beam is off is being asked.")),
    "beam_off": Sentence(N_("Beam off, confirmed by the controller.")),
    "beam_unconfirmed": Sentence(
        N_("Beam off not confirmed: look at the laser."),
        N_("Make sure at the laser that the beam is off and nothing glows, then say that the bed is clear."),
    ),
    "machine_beam_scripts": Sentence(
        N_("OctoPrint does not turn the beam off by itself (M5) in: %(scripts)s"),
        N_("Have it written there, or write M5 as the first line of these scripts in OctoPrint."),
    ),
    "machine_serial_asks": Sentence(
        N_("When work is broken off OctoPrint asks the laser what it refuses: %(settings)s"),
        N_(
            "Have it switched off, or do so in OctoPrint's settings of the serial connection and connect the laser "
            "again. Else OctoPrint hangs up before it turns the beam off."
        ),
    ),
    # what a technician has the controller do
    "chore_home": Sentence(N_("Homing")),
    "chore_unlock": Sentence(N_("Unlocking")),
    "chore_reset": Sentence(N_("Resetting")),
    "chore_asked": Sentence(N_("%(chore)s: asked for. It is carried out at once, or not at all.")),
    "chore_begun": Sentence(N_("%(chore)s: under way.")),
    "chore_done": Sentence(N_("%(chore)s: done, says the controller.")),
    "chore_unconfirmed": Sentence(N_("%(chore)s: sent, and the controller did not say that it is done. Look at it.")),
    "chore_missed": Sentence(N_("%(chore)s: not done. The laser was not free in time.")),
    "chore_not_now": Sentence(
        N_("%(machine)s is at work, has a fault or does not answer."), N_("Try again when it is free.")
    ),
    "event_machine_ask_chore": Sentence(N_("%(chore)s, asked for by %(actor)s")),
    "event_machine_chore_done": Sentence(N_("%(chore)s: done, says %(actor)s")),
    "event_machine_chore_unconfirmed": Sentence(N_("%(chore)s: sent, and not confirmed by %(actor)s")),
    "event_machine_chore_missed": Sentence(N_("%(chore)s: not done, because %(actor)s was not free in time")),
    # what became of it
    "run_arming_over": Sentence(N_("It was armed and not started in time."), advice=_ARM_AGAIN),
    "run_laser_set_up": Sentence(
        N_("OctoPrint had been changed and would not have turned the beam off. It is put right."), advice=_ARM_AGAIN
    ),
    "run_laser_not_set_up": Sentence(
        N_("OctoPrint would not turn the beam off if the work were broken off, and could not be told to."),
        N_("A technician presses Try the connection on the machine's page and does what it says; then arm it again."),
    ),
    "run_disarmed": Sentence(N_("Somebody took the arming back."), advice=_ARM_AGAIN),
    "run_sent_back": Sentence(N_("A technician took its file from the laser.")),
    "run_file_gone": Sentence(N_("Its file is gone from the laser; it is sent again.")),
    "run_file_changed": Sentence(N_("Its file was changed at the laser; it is sent again.")),
    "run_started_unarmed": Sentence(
        N_("Somebody started it at the machine, and nobody had armed it. It was stopped."), advice=_GO_AND_LOOK
    ),
    "run_started_late": Sentence(
        N_("The laser began after the time for which it was armed. It was stopped."), advice=_GO_AND_LOOK
    ),
    "run_laser_too_long": Sentence(
        N_("The laser was at it for longer than any run in this lab may take. It was stopped."), advice=_GO_AND_LOOK
    ),
    # events
    "event_run_stage": Sentence(N_("The file waits at %(actor)s; nothing starts before somebody arms it")),
    "event_run_arm": Sentence(N_("%(actor)s went through the checklist and armed it for %(armed_seconds)s")),
    "event_run_disarm": Sentence(N_("It is not armed any more")),
    "event_run_withdraw": Sentence(N_("The start was taken back")),
    "event_run_ask_back": Sentence(N_("%(actor)s wants its file taken from the laser")),
    "event_run_ask_frame": Sentence(N_("%(actor)s asked to trace the outline")),
    "event_run_frame": Sentence(N_("%(actor)s traced the outline with the beam off")),
    "event_run_present": Sentence(N_("%(actor)s is beside the laser")),
    "event_run_absent": Sentence(N_("Nobody said that they are beside the laser; technicians were told")),
    "event_machine_stop_stray": Sentence(N_("%(actor)s stopped work at it that nobody had armed")),
    "machine_stray_stopped": Sentence(N_("It worked on a file that was left there, and nobody had armed it.")),
    "event_machine_beam_off": Sentence(N_("%(actor)s confirmed that its beam is off")),
    "event_machine_beam_unconfirmed": Sentence(N_("%(actor)s did not confirm that its beam is off")),
    "event_run_frame_missed": Sentence(N_("The outline was not traced: the laser was not free in time")),
}
