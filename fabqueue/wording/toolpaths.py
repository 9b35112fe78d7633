"""What reading a G-code file brought to light."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES = {
    "toolpath_archive": Sentence(
        N_("This is a packed file, not plain G-code."), advice=N_("Export plain G-code (.gcode) from your slicer.")
    ),
    "toolpath_bgcode": Sentence(
        N_("This is binary G-code, which most machines here cannot read."),
        advice=N_("Switch off binary G-code in the slicer's printer settings and export again."),
    ),
    "toolpath_binary": Sentence(
        N_("This is not text, so it is not G-code."), advice=N_("Export G-code (.gcode) from your slicer.")
    ),
    "toolpath_empty": Sentence(N_("The file is empty."), advice=N_("Export it again and upload that.")),
    "toolpath_ends_hot": Sentence(
        N_("The file leaves a heater on at its end."),
        advice=N_("Let the end code of your slicer switch off nozzle and bed (M104 S0, M140 S0)."),
    ),
    "toolpath_forbidden_command": Sentence(
        N_("Line %(line)s holds %(command)s, which changes the machine itself and is not allowed in a job."),
        advice=N_("Remove it from your slicer's start or end code."),
    ),
    "toolpath_line_too_long": Sentence(
        N_("Line %(line)s is too long for any machine."), advice=N_("Export the file again from your slicer.")
    ),
    "toolpath_no_extrusion": Sentence(
        N_("The file moves the machine but never extrudes anything."),
        advice=N_("Check that it was made for a 3D printer."),
    ),
    "toolpath_no_moves": Sentence(
        N_("The file holds no moves, so it makes nothing."),
        advice=N_("Export G-code from your slicer and upload that."),
    ),
    "toolpath_number_unreadable": Sentence(
        N_("Line %(line)s moves to a place that is no number, or far outside every machine."),
        advice=N_("Export the file again from your slicer."),
    ),
    "toolpath_outside_bed": Sentence(
        N_("The file prints beside the bed, which is %(width_mm)s by %(depth_mm)s."),
        advice=N_("Slice it again for this machine."),
    ),
    "toolpath_too_large": Sentence(
        N_("The file has %(size_bytes)s; at most %(most_bytes)s can be read."), advice=N_("Slice it coarser.")
    ),
    "toolpath_too_tall": Sentence(
        N_("The file prints up to %(height_mm)s; the machine reaches %(highest_mm)s."),
        advice=N_("Slice it again for this machine, or choose a taller one."),
    ),
    "toolpath_waits_for_person": Sentence(
        N_("Line %(line)s stops the machine until a person comes (%(command)s)."),
        advice=N_("Say in your note what has to be done then, such as changing the colour."),
    ),
}
