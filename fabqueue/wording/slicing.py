"""Why a model could not be sliced, and wishes that a machine cannot fulfil."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES = {
    "slicing_does_not_fit": Sentence(
        N_("The part does not fit on the bed, which is %(width_mm)s by %(depth_mm)s."),
        advice=N_("Turn it, cut it into parts, or choose a larger machine."),
    ),
    "slicing_failed": Sentence(
        N_("The slicer gave up (exit %(exit)s)."),
        advice=N_("The model is probably broken. Mend it in your program and upload it again, or ask a technician."),
    ),
    "slicing_model_unreadable": Sentence(
        N_("The slicer cannot read the model."), advice=N_("Export it again as STL or 3MF and upload that.")
    ),
    "slicing_no_slicer": Sentence(
        N_("No slicer is installed: %(program)s was not found."),
        advice=N_("Install PrusaSlicer on this server, or enter where it is in the configuration."),
    ),
    "slicing_nothing_to_print": Sentence(
        N_("Nothing of this model is thick enough to print."),
        advice=N_("Check its size and unit, and that its walls are thicker than the nozzle."),
    ),
    "slicing_output_too_large": Sentence(
        N_("The sliced file became too large."), advice=N_("Use thicker layers or fewer copies, or simplify the model.")
    ),
    "slicing_outside_bed": Sentence(
        N_("The print would leave the bed, which is %(width_mm)s by %(depth_mm)s."),
        advice=N_("Make the part a little smaller, turn it, or choose a larger machine."),
    ),
    "slicing_pose_unclear": Sentence(
        N_("How the part is to lie could not be understood."), advice=N_("Set its position again.")
    ),
    "slicing_setting_out_of_range": Sentence(
        N_("%(setting)s must be between %(lowest)s and %(highest)s on this machine."),
        advice=N_("Choose a value in between."),
    ),
    "slicing_setting_unclear": Sentence(
        N_("The value for %(setting)s could not be understood."), advice=N_("Choose it again.")
    ),
    "slicing_setting_unknown": Sentence(N_("There is no setting called %(setting)s."), advice=N_("Leave it out.")),
    "slicing_settings_not_kept": Sentence(
        N_("The slicer did not keep to the setting %(setting)s."),
        advice=N_("Export the model as STL, without settings of its own, and upload that."),
    ),
    "slicing_too_many": Sentence(
        N_("Only %(fitting)s of %(copies)s copies fit on the bed at once."),
        advice=N_("Ask for fewer at a time."),
    ),
    "slicing_too_much_memory": Sentence(
        N_("Slicing needed more memory than there is."), advice=N_("Simplify the model: it has very many faces.")
    ),
    "slicing_too_tall": Sentence(
        N_("The print would be %(height_mm)s tall; the machine reaches %(highest_mm)s."),
        advice=N_("Lay the part down, make it smaller, or choose a taller machine."),
    ),
    "slicing_took_too_long": Sentence(
        N_("Slicing took too long and was stopped."),
        advice=N_("Simplify the model, use thicker layers or less infill, or make fewer copies."),
    ),
}
