"""Imports: their states, what is wrong with a file or a row and what to do, what stands in the way of undoing."""

from fabqueue.wording.catalogue import N_, Sentence

_MEND = N_("Correct the row and upload the file again, or leave the row out.")
_EXPORT = N_("In PrusaSlicer choose File, Export, Export Config Bundle, and upload that file.")
_SAVE_ANEW = N_("Open it in PrusaSlicer, save it under a new name and export again.")
_BY_HAND = N_(
    "Add such a machine as one driven by hand, under Machines: jobs are asked for, reviewed and noted as made."
)
_ONE_EXTRUDER = N_("In PrusaSlicer set the printer's number of extruders to 1 without filament change, save it under a new "
                   "name and export again.")  # fmt: skip

SENTENCES: dict[str, Sentence] = {
    "import_state_reading": Sentence(N_("being read")),
    "import_state_read": Sentence(N_("read, nothing made yet")),
    "import_state_making": Sentence(N_("being made")),
    "import_state_made": Sentence(N_("imported")),
    "import_state_undone": Sentence(N_("undone")),
    "import_state_failed": Sentence(N_("could not be read")),
    "import_state_discarded": Sentence(N_("thrown away")),
    "import_would_people": Sentence(
        N_("%(count)s account would be made."), plural=N_("%(count)s accounts would be made."), count="count"
    ),
    "import_would_past_jobs": Sentence(
        N_("%(count)s past job would be kept."), plural=N_("%(count)s past jobs would be kept."), count="count"
    ),
    "import_made_people": Sentence(
        N_("%(count)s account was made."), plural=N_("%(count)s accounts were made."), count="count"
    ),
    "import_made_past_jobs": Sentence(
        N_("%(count)s past job is kept."), plural=N_("%(count)s past jobs are kept."), count="count"
    ),
    # the file
    "import_empty": Sentence(N_("The file is empty."), N_("Save it again and upload the new file.")),
    "import_is_workbook": Sentence(
        N_("This is a workbook, not a CSV file."),
        N_("Open it in the spreadsheet, choose Save as, and `CSV UTF-8`; then upload that file."),
    ),
    "import_encoding_wrong": Sentence(
        N_("The characters of the file are not %(encoding)s; line %(line)s is the first that cannot be read."),
        N_("Choose other characters below, or save the file as `CSV UTF-8`."),
    ),
    "import_quote_open": Sentence(
        N_("A quotation mark in line %(line)s opens and is never closed."), N_("Close or remove it in the file.")
    ),
    "import_too_many_rows": Sentence(
        N_("The file has more than %(most)s rows."), N_("Divide it and upload the parts one after the other.")
    ),
    "import_too_many_columns": Sentence(
        N_("Line %(line)s has more than %(most)s columns."), N_("Choose another sign between columns, or mend the file.")
    ),
    "import_too_large": Sentence(N_("The file is too large to be read."), N_("Divide it and upload the parts.")),
    "import_file_missing": Sentence(N_("The stored file is gone."), N_("Upload it again.")),
    "import_gave_up": Sentence(
        N_("It was tried %(attempts)s times and never came to its end. Nothing was made."),
        N_("Try it once more; if that fails too, upload a smaller part."),
    ),
    "import_changed_meanwhile": Sentence(
        N_("Something changed in the lab since, and more rows cannot be taken now. Nothing was made."),
        N_("Look at the rows below and start again."),
    ),
    "import_has_bad_rows": Sentence(
        N_("%(count)s row cannot be taken."), plural=N_("%(count)s rows cannot be taken."), count="count",
        advice=N_("Correct them in the file and upload it again, or tick that they are left out."),
    ),
    "import_makes_nothing": Sentence(N_("Nothing would be made."), N_("Choose other columns, or upload another file.")),
    "import_made_before": Sentence(
        N_("This very file was imported before."), N_("Tick that you want it a second time, or undo the first import.")
    ),
    # rows
    "import_cell_too_long": Sentence(N_("There are more than %(most)s characters in this cell."), N_("Shorten it.")),
    "import_nobody": Sentence(N_("The row names nobody."), N_("Say which column holds the name or the e-mail.")),
    "import_nothing_said": Sentence(
        N_("The row says nothing that could be kept."), N_("Say which column holds the file name, mass or time.")
    ),
    "import_email_shape": Sentence(N_("“%(text)s” is no e-mail address."), _MEND),
    "import_email_taken": Sentence(
        N_("%(email)s belongs to %(name)s already."), N_("Leave the row out, or remove the address from it.")
    ),
    "import_email_twice": Sentence(N_("%(email)s stands in line %(line)s as well."), _MEND),
    "import_user_name_shape": Sentence(
        N_("“%(text)s” cannot be a user name."), N_("It takes small letters, digits, dots and hyphens, 2 to 32 of them.")
    ),
    "import_user_name_taken": Sentence(N_("The user name %(name)s is taken."), N_("Choose another, or leave it empty.")),
    "import_user_name_twice": Sentence(N_("The user name %(name)s stands in line %(line)s as well."), _MEND),
    "import_maybe_known": Sentence(N_("%(text)s has the same name as %(name)s, who is here already.")),
    "import_maybe_twice": Sentence(N_("%(text)s has the same name as line %(line)s.")),
    "import_number_unclear": Sentence(
        N_("“%(text)s” may be thousands or a fraction."), N_("Choose the decimal sign below.")
    ),
    "import_number_unreadable": Sentence(N_("“%(text)s” is no number."), _MEND),
    "import_mass_unreadable": Sentence(N_("“%(text)s” is no mass."), N_("Write 12.5\N{NO-BREAK SPACE}g or 0.3\N{NO-BREAK SPACE}kg.")),
    "import_mass_out_of_bounds": Sentence(N_("“%(text)s” is not between 0 and %(most_grams)s."), _MEND),
    "import_time_unreadable": Sentence(N_("“%(text)s” is no time."), N_("Write 2:15:00, 2 h 15 min or 135 min.")),
    "import_time_unit_unclear": Sentence(
        N_("“%(text)s” may be minutes or hours."), N_("Choose the unit of times below.")
    ),
    "import_time_out_of_bounds": Sentence(N_("“%(text)s” is not between 0 and %(most_seconds)s."), _MEND),
    "import_date_unreadable": Sentence(N_("“%(text)s” is no date."), N_("Write year, month, day: 2026-11-30.")),
    "import_date_unclear": Sentence(
        N_("“%(text)s” may be two days: nothing in the file says whether the day or the month stands first."),
        N_("Choose the order of dates below."),
    ),
    "import_price_unreadable": Sentence(N_("“%(text)s” is no amount."), N_("Write an amount such as 4.20.")),
    "import_outcome_unclear": Sentence(
        N_("“%(text)s” does not say whether it came out good."), N_("Write good or failed, or choose no column for it.")
    ),
    "import_no_columns": Sentence(
        N_("No heading was recognised (%(headings)s). The first line must say what each column holds; else say it below.")
    ),
    "import_unknown_person": Sentence(
        N_("%(count)s person is not known here; the name is kept: %(names)s"),
        plural=N_("%(count)s people are not known here; their names are kept, such as %(names)s"), count="count",
    ),
    "import_unknown_material": Sentence(
        N_("%(count)s material is not known here; its name is kept: %(names)s"),
        plural=N_("%(count)s materials are not known here; their names are kept, such as %(names)s"), count="count",
    ),
    "import_unknown_machine": Sentence(
        N_("%(count)s machine is not known here; its name is kept: %(names)s"),
        plural=N_("%(count)s machines are not known here; their names are kept, such as %(names)s"), count="count",
    ),
    # bundles of a slicer
    "import_made_bundle": Sentence(
        N_("%(count)s machine model was made."), plural=N_("%(count)s machine models were made."), count="count"
    ),
    "import_bundle_nothing": Sentence(
        N_("No preset that could be used is in the file."),
        N_("Export it from PrusaSlicer again: File, Export, Export Config Bundle."),
    ),
    "import_bundle_no_text": Sentence(N_("This is no text, so it cannot be an exported configuration."), _EXPORT),
    "import_bundle_other_slicer": Sentence(
        N_("These are settings of another program; only PrusaSlicer's can be read."),
        N_("Set the printer up in PrusaSlicer once, then choose File, Export, Export Config Bundle there."),
    ),
    "import_bundle_no_settings": Sentence(N_("The project file holds a model and no settings of PrusaSlicer."), _EXPORT),
    "import_bundle_archive": Sentence(N_("This is an archive."), N_("Unpack it and upload the .ini file in it.")),
    "import_bundle_archive_broken": Sentence(
        N_("The project file is damaged and cannot be opened."), N_("Save it in PrusaSlicer again and upload that file.")
    ),
    "import_bundle_only_resin": Sentence(N_("The file is for resin printers. Only printers with filament are driven."), _BY_HAND),
    "import_bundle_only_several": Sentence(
        N_("Every printer in the file has several extruders or changes filament by itself. Only one extruder is driven."),
        _ONE_EXTRUDER,
    ),
    "import_bundle_twice": Sentence(
        N_("It is in the file %(count)s times, and nobody can tell which is meant."), N_("Remove one of them and export again.")
    ),
    "import_bundle_lacks_printer": Sentence(N_("No printer in it can be used."), _EXPORT),
    "import_bundle_lacks_print": Sentence(N_("No print settings in it can be used."), _EXPORT),
    "import_bundle_lacks_filament": Sentence(N_("No filament in it can be used."), _EXPORT),
    "import_bundle_too_large": Sentence(
        N_("The file is too large for a configuration; line %(line)s is where reading stopped."),
        N_("Export fewer presets."),
    ),
    "import_bundle_circle": Sentence(N_("It is built upon itself: %(names)s."), _SAVE_ANEW),
    "import_bundle_parent": Sentence(N_("It is built upon “%(parent)s”, which is not in the file."), _EXPORT),
    "import_bundle_not_whole": Sentence(
        N_("It is not whole: what every preset of its kind has is missing."), _SAVE_ANEW
    ),
    "import_bundle_harmful": Sentence(
        N_("Its G-code holds %(command)s, which changes a printer for good or is meant for programs (%(key)s)."),
        N_("Take the command out in PrusaSlicer and export again."),
    ),
    "import_bundle_resin": Sentence(N_("It is a resin printer; only printers with filament are driven."), _BY_HAND),
    "import_bundle_several_nozzles": Sentence(
        N_("It prints with several extruders or materials; only one is driven."), _ONE_EXTRUDER
    ),
    "import_bundle_bed": Sentence(N_("It does not say how large its bed is, or which nozzle it has."), _SAVE_ANEW),
    "import_bundle_box": Sentence(
        N_("A box could not be sliced with %(printer)s and %(filament)s: %(why)s Nothing was made."),
        N_("Leave one of them out, or choose other print settings."),
    ),
    "import_bundle_choose": Sentence(N_("Nothing is ticked."), N_("Tick at least one printer and one filament.")),
    # undoing
    "import_way_account": Sentence(
        N_("%(count)s person has a password or a role by now."),
        plural=N_("%(count)s people have a password or a role by now."), count="count",
    ),
    "import_way_money": Sentence(
        N_("There is %(count)s entry in their accounts."), plural=N_("There are %(count)s entries in their accounts."),
        count="count",
    ),
    "import_way_certification": Sentence(
        N_("%(count)s certificate was given."), plural=N_("%(count)s certificates were given."), count="count"
    ),
    "import_way_job": Sentence(
        N_("%(count)s job was asked for."), plural=N_("%(count)s jobs were asked for."), count="count"
    ),
    "import_way_request": Sentence(
        N_("%(count)s request was made."), plural=N_("%(count)s requests were made."), count="count"
    ),
    "import_way_run": Sentence(N_("%(count)s run was planned."), plural=N_("%(count)s runs were planned."), count="count"),
    "import_way_machine": Sentence(
        N_("%(count)s machine is of these models. Give it another model first."),
        plural=N_("%(count)s machines are of these models. Give them another model first."), count="count",
    ),
    "import_way_stock": Sentence(
        N_("The lab has %(count)s spool of these materials."),
        plural=N_("The lab has %(count)s spools of these materials."), count="count",
    ),
    "import_way_material_offer": Sentence(
        N_("%(count)s other machine model works these materials. Take them off it first."),
        plural=N_("%(count)s other machine models work these materials. Take them off them first."), count="count",
    ),
    "import_way_past_job": Sentence(
        N_("%(count)s past job of another import belongs to them. Undo that import first."),
        plural=N_("%(count)s past jobs of another import belong to them. Undo that import first."), count="count",
    ),
    "import_way_project_author": Sentence(
        N_("They have %(count)s project."), plural=N_("They have %(count)s projects."), count="count"
    ),
    "import_way_profile": Sentence(
        N_("%(count)s other machine model uses a profile of it."),
        plural=N_("%(count)s other machine models use a profile of it."), count="count",
    ),
    "import_way_other": Sentence(
        N_("%(count)s later record refers to it (%(table)s)."),
        plural=N_("%(count)s later records refer to it (%(table)s)."), count="count",
    ),
}  # fmt: skip
