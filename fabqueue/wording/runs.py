"""What happened to a run and why; the reasons that its jobs carry on."""

from fabqueue.wording.catalogue import N_, Sentence

_LOOK = N_("Look at the bed, then say whether it printed, failed, or should be printed again.")
_AGAIN = N_("Clear the bed. Trying again takes one tap.")
_NO_GOOD = N_("It ran to its end, but what came out is no good.")
_NO_GOOD_BECAUSE = N_("It ran to its end, but what came out is no good: %(cause)s.")
"""The cause is one of a list, and what others learn from."""
_STOPPED = N_("The lab stopped it at the machine.")

SENTENCES: dict[str, Sentence] = {
    "run_emergency_stopped": Sentence(N_("Somebody pressed the emergency stop.")),
    "run_paused_unasked": Sentence(
        N_("It paused at the machine, and nobody asked for that from here."),
        N_("Go there and look: the material may have run out, or somebody paused it at its display."),
    ),
    "run_pause_unconfirmed": Sentence(
        N_("Asked to pause, and the machine does not say that it did."),
        N_("Go there and look. It is asked again until it does."),
    ),
    "run_resume_unconfirmed": Sentence(
        N_("Asked to go on, and the machine does not say that it did."),
        N_("Go there and look. It is asked again until it does."),
    ),
    "run_stop_unconfirmed": Sentence(
        N_("Asked to stop, and the machine does not say that it did."),
        N_("Go there and stop it at the machine, or press the emergency stop."),
    ),
    # in doubt
    "run_interrupted": Sentence(
        N_("The machine's software was restarted during the print and remembers nothing of it."), advice=_LOOK
    ),
    "run_selection_lost": Sentence(
        N_("The machine's software was restarted, or another file was chosen, at the moment of the start."),
        advice=_LOOK,
    ),
    "run_file_vanished": Sentence(N_("Our file is gone from the machine; it may have been printed."), advice=_LOOK),
    "run_old_file_running": Sentence(N_("The machine prints an earlier copy of our file."), advice=_LOOK),
    "run_state_unclear": Sentence(
        N_("The machine says neither that the print began nor that it did not."), advice=_LOOK
    ),
    "run_taken_over": Sentence(
        N_("The way to the machine was interrupted. Its file is sent anew, so that nothing starts twice.")
    ),
    "run_start_too_late": Sentence(
        N_("It was not started in its time, so the start was taken back and nothing was printed."),
        advice=N_("It waits for a machine again. Look at the bed of this one before you call it clear."),
    ),
    "run_start_unseen": Sentence(
        N_("The machine was told to start and did not begin, so the start was taken back and nothing was printed."),
        advice=N_("It waits for a machine again. Look at the bed of this one before you call it clear."),
    ),
    "run_stop_unanswered": Sentence(
        N_("It was to be stopped, but the machine does not answer. It may still be at work."),
        advice=N_("Go there and stop it at the machine if it still runs, then say what became of it."),
    ),
    # failed
    "run_cancelled_at_machine": Sentence(N_("Somebody cancelled the print at the machine."), advice=_AGAIN),
    "run_machine_error": Sentence(
        N_("The machine stopped with an error: %(error)s"),
        advice=N_("Set the machine right, clear the bed, then try again."),
        public=N_("The machine stopped with an error."),
    ),
    "run_connection_lost": Sentence(
        N_("The printer lost its connection during the print."),
        advice=N_("Check its cable and power, clear the bed, then try again."),
    ),
    "run_upload_damaged": Sentence(
        N_("The file arrived damaged at the machine three times. Nothing was started."),
        advice=N_("Check the network and the free space of the machine, then try again."),
    ),
    "run_gcode_missing": Sentence(
        N_("The sliced file is not in storage any more. Nothing was started."),
        advice=N_("Try again: it will be sliced anew."),
    ),
    "run_came_out_bad": Sentence(_NO_GOOD),
    "run_came_out_bad_said": Sentence(N_("It ran to its end, but what came out is no good: %(text)s"), public=_NO_GOOD),
    "run_came_out_bad_because": Sentence(_NO_GOOD_BECAUSE, public=_NO_GOOD_BECAUSE),
    "run_came_out_bad_because_said": Sentence(
        N_("It ran to its end, but what came out is no good: %(cause)s. %(text)s"), public=_NO_GOOD_BECAUSE
    ),
    "run_found_failed": Sentence(
        N_("Somebody looked and found that it failed: %(text)s"),
        public=N_("Somebody looked and found that it failed."),
    ),
    "run_to_repeat": Sentence(
        N_("Somebody looked and has it made again: %(text)s"), public=N_("Somebody looked and has it made again.")
    ),
    "run_dropped": Sentence(N_("The lab gave it up: %(text)s"), public=N_("The lab gave it up.")),
    # cancelled
    "run_cancelled": Sentence(N_("It was cancelled.")),
    "run_not_needed": Sentence(N_("It was not needed any more.")),
    "run_split": Sentence(N_("One bed holds %(copies)s copies, so it was divided into several runs.")),
    "run_spread": Sentence(N_("Its copies were divided anew over the machines.")),
    "run_on_plate": Sentence(N_("It is made on one bed together with others.")),
    "plate_taken_apart": Sentence(N_("It shares no bed any more; each of the jobs has a run of its own.")),
    "plate_did_not_fit": Sentence(N_("They did not fit on one bed; each of the jobs has a run of its own.")),
    "run_stopped_by_staff": Sentence(_STOPPED),
    "run_stopped_by_staff_said": Sentence(N_("The lab stopped it at the machine: %(text)s"), public=_STOPPED),
    # given back
    "run_machine_away": Sentence(N_("%(machine)s went out of reach before anything started.")),
    "run_machine_taken": Sentence(N_("%(machine)s was at something else before anything started.")),
    "run_machine_refuses": Sentence(N_("%(machine)s answers, but does not take the file.")),
    "run_machine_maintenance": Sentence(N_("%(machine)s was taken out of service before anything started.")),
    "run_too_late": Sentence(N_("%(machine)s would have been at work after closing, so it was not started.")),
    "run_lab_held": Sentence(N_("The lab stopped all starts before this one.")),
    # made elsewhere than asked for
    "elsewhere_late": Sentence(
        N_("%(asked)s was asked for. It was left to %(asked)s until %(until_at)s; %(machine)s was free first.")
    ),
    "elsewhere_unable": Sentence(N_("%(asked)s was asked for, and could not make it. %(because)s")),
    "elsewhere_released": Sentence(N_("%(asked)s was asked for; a technician let any machine take it.")),
    "spread_asked_machine": Sentence(
        N_("It asks for %(machine)s, so its copies stay together."),
        advice=N_("Release it from %(machine)s first."),
    ),
    # remarks
    "run_began_late": Sentence(N_("It is at work after all: its start arrived late.")),
    "run_started_at_machine": Sentence(N_("Somebody started it at the machine itself.")),
    # seen at the machine
    "machine_foreign_print": Sentence(
        N_("It is at work on something that did not come from here: %(file)s"),
        public=N_("It is at work on something that did not come from here."),
        advice=N_("Nothing is started beside it. When it is done, clear the bed."),
    ),
    "nothing_to_start": Sentence(N_("Nothing waits that %(machine)s could make now.")),
    "machine_starts_itself": Sentence(N_("%(machine)s takes its work by itself.")),
    # slicing that ended without the slicer saying why
    "slicing_gave_up": Sentence(
        N_("Preparing it was tried %(attempts)s times and never came to an end."),
        advice=N_("A technician should look into the log, then try again."),
    ),
    "slicing_profile_missing": Sentence(
        N_("The machine profile is missing: %(profile)s"), advice=N_("A technician should set the profile right.")
    ),
    "slicing_profile_changed": Sentence(
        N_("The machine profile was changed since this was planned: %(profile)s"),
        advice=N_("A technician should restart FabQueue, so that all of it knows the new profile, then try again."),
    ),
    "slicing_model_missing": Sentence(
        N_("The design's file is not in storage."), advice=N_("Upload the design again.")
    ),
}
