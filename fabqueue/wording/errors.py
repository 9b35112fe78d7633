"""Why a use case refused what was asked, and what to do."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "said": Sentence(N_("%(text)s")),
    "state_conflict": Sentence(
        N_("That cannot be done any more: somebody was faster, or things went on by themselves."),
        N_("Look at how it stands now."),
    ),
    # accounts
    "sign_in_wrong": Sentence(
        N_("This name and password do not belong together."), N_("Try again, or choose a new password.")
    ),
    "user_name_shape": Sentence(
        N_("A user name has 2 to 32 small letters, digits, dots, hyphens or underscores."),
        N_("It begins with a letter or digit."),
    ),
    "user_name_taken": Sentence(N_("Somebody is called %(name)s already."), N_("Choose another name.")),
    "email_shape": Sentence(N_("This is no e-mail address."), N_("It looks like name@example.org, or leave it empty.")),
    "email_taken": Sentence(N_("Another account has this e-mail address."), N_("Sign in there, or leave it empty.")),
    "display_name_missing": Sentence(N_("A name to show is missing.")),
    "password_short": Sentence(N_("The password needs at least %(least)s characters.")),
    "password_long": Sentence(N_("The password may have at most %(most)s characters.")),
    "password_wrong": Sentence(N_("This is not your password.")),
    "person_gone": Sentence(N_("%(name)s has left, or was merged into another account.")),
    "already_left": Sentence(N_("This person has left already.")),
    "person_unknown": Sentence(N_("There is nobody called %(name)s."), N_("Find the person and copy the user name.")),
    "guest_name_missing": Sentence(N_("A name is missing."), N_("Write what the workshop should call you.")),
    "guest_has_account": Sentence(N_("This guest has an account now."), N_("Sign in with it.")),
    "guest_code_wrong": Sentence(
        N_("This code opens nothing."), N_("Look at it again; with a lost code, ask at the counter.")
    ),
    "guests_full": Sentence(N_("Guests have brought as many files as this lab keeps."), N_("Ask at the counter.")),
    "guard_staff": Sentence(N_("Staff cannot be guarded."), N_("Withdraw the roles first.")),
    "guardian_unfit": Sentence(
        N_("%(name)s cannot look after this account."),
        N_("It takes somebody else with an account of their own that is not guarded."),
    ),
    "not_guarded": Sentence(N_("This account is not guarded.")),
    "consent_given": Sentence(N_("There is a consent already.")),
    "consent_missing": Sentence(N_("There is no consent.")),
    "consent_by_missing": Sentence(N_("Write who agreed, and how.")),
    "merge_same": Sentence(N_("That is the same account.")),
    "merge_gone": Sentence(N_("One of the two has left, or was merged already.")),
    "merge_staff": Sentence(
        N_("%(name)s has more roles than a member; such an account stays."), N_("Merge the other way round.")
    ),
    "merge_into_guest": Sentence(N_("An account cannot end in the guest %(name)s."), N_("Merge the other way round.")),
    "leave_open_jobs": Sentence(
        N_("%(count)s jobs are still open."), N_("Collect or cancel them first; the parts belong to somebody.")
    ),
    "leave_owes": Sentence(N_("%(owed_minor)s is not paid yet."), N_("Pay at the counter first.")),
    "project_of_guest": Sentence(N_("A guest cannot publish."), N_("Make an account first.")),
    "link_used_up": Sentence(
        N_("This link does not work any more."),
        N_("Each link works once and for a short time. Ask for a new one."),
    ),
    "last_admin": Sentence(N_("This is the last admin."), N_("Make somebody else an admin first.")),
    "certification_needs_one_subject": Sentence(N_("Name either a machine model or a kind of machine, not both.")),
    "token_name_missing": Sentence(N_("Say what the key is for.")),
    # uploads
    "upload_unit_unknown": Sentence(N_("There is no unit called %(units)s."), N_("Use one of: %(known)s.")),
    "upload_empty": Sentence(N_("%(filename)s is empty."), N_("Export it again and upload the new file.")),
    "upload_too_many": Sentence(
        N_("You uploaded %(most)s files within the last hour. More would keep others waiting."),
        N_("Go on in %(wait_seconds)s."),
    ),
    "upload_too_large": Sentence(
        N_("This file is larger than the %(most_bytes)s this lab takes."),
        N_("Make it smaller: fewer triangles are usually enough."),
    ),
    "upload_quota_full": Sentence(
        N_("Your designs take up %(most_bytes)s, as much as one account may keep."),
        N_("Delete projects you do not need any more."),
    ),
    "upload_other_kind": Sentence(
        N_("%(filename)s is another kind of file than this design."), N_("Upload it as a design of its own.")
    ),
    "upload_missing": Sentence(N_("No file was chosen.")),
    "revision_not_ready": Sentence(
        N_("The file has not been read to its end yet."), N_("Wait for its report, a few seconds usually.")
    ),
    "analysis_gave_up": Sentence(
        N_("We tried to read this file %(attempts)s times and never got to its end."),
        N_("Export it again, simpler if possible, and upload the new file. Tell a technician if that does not help."),
    ),
    "repeat_key_too_long": Sentence(N_("The Idempotency-Key is longer than %(most)s characters.")),
    "repeat_key_for_other_request": Sentence(N_("This Idempotency-Key was used for another request.")),
    "repeat_still_working": Sentence(
        N_("The first request with this key is still being worked on."), N_("Try again in a moment.")
    ),
    # asking for a job
    "machine_not_of_model": Sentence(
        N_("%(slug)s is no machine of the kind %(machine)s that is in service."), N_("Choose one of the list.")
    ),
    "alone_hours_out_of_bounds": Sentence(N_("Write between 1 and %(most)s hours, or nothing.")),
    "machine_model_unknown": Sentence(N_("There is no such machine here: %(slug)s."), N_("Choose one of the list.")),
    "material_unknown": Sentence(N_("There is no such material here: %(slug)s."), N_("Choose one of the list.")),
    "option_missing": Sentence(N_("No machine and material is chosen."), N_("Choose one of the list.")),
    "option_unknown": Sentence(N_("%(machine)s does not work %(material)s."), N_("Choose one of the list.")),
    "quantity_out_of_bounds": Sentence(N_("Ask for 1 to %(most)s copies.")),
    "payer_unknown": Sentence(N_("This account cannot pay for your jobs.")),
    "estimate_pending": Sentence(N_("The price is not worked out yet."), N_("Try again in a few seconds.")),
    "settings_unknown": Sentence(N_("There is no setting called %(key)s."), N_("The settings are: %(known)s.")),
    "settings_out_of_bounds": Sentence(N_("This must lie between %(least)s and %(most)s.")),
    "settings_not_a_switch": Sentence(N_("%(key)s is either true or false.")),
    "settings_not_a_rotation": Sentence(N_("The pose must be a rotation: four numbers that are not all zero.")),
    "balance_too_low": Sentence(
        N_("The account has %(available_minor)s free, and this job costs %(price_minor)s."),
        N_("Pay something in at the counter first."),
    ),
    "draft_expired": Sentence(N_("Nobody submitted this draft for %(days)s days.")),
    "price_dearer_by_change": Sentence(
        N_("The technician changed something, and the price rises from %(old_minor)s to %(new_minor)s.")
    ),
    "price_dearer_by_slicing": Sentence(
        N_("Preparing the file showed that it costs more: %(new_minor)s instead of %(old_minor)s.")
    ),
    "answer_missing": Sentence(N_("Write an answer, or choose another revision.")),
    "answer_other_design": Sentence(N_("That revision belongs to another design.")),
    # review and money
    "reason_missing": Sentence(N_("Say why, in a few words.")),
    "priority_out_of_bounds": Sentence(N_("The priority must lie between -1000 and 1000.")),
    "amount_not_positive": Sentence(N_("The amount must be more than nothing.")),
    "waive_reason_missing": Sentence(N_("Say why the price is waived.")),
    "weight_out_of_bounds": Sentence(N_("Write what it weighs, more than 0 and at most %(most_grams)s.")),
    "collection_too_old": Sentence(
        N_("It was collected more than %(days)s days ago."), N_("Give the price back on the person's page instead.")
    ),
    "nothing_to_refund": Sentence(N_("This job has cost nothing so far.")),
    "queue_already_held": Sentence(N_("The queue is held already.")),
    "queue_not_held": Sentence(N_("The queue is not held.")),
    "site_currency_in_use": Sentence(
        N_("The currency cannot change from %(old)s to %(new)s: jobs have prices in %(old)s."),
        N_("Set it back in the configuration."),
    ),
    # projects
    "project_title_missing": Sentence(N_("The title is missing.")),
    "project_field_unknown": Sentence(N_("A project has no field called %(name)s."), N_("It has: %(known)s.")),
    "project_licence_missing": Sentence(
        N_("The licence is missing."), N_("Say what others may do with it; without a licence they may do nothing.")
    ),
    "project_licence_unknown": Sentence(
        N_("We do not know the licence %(licence)s."),
        N_("Write names of the SPDX list, such as %(known)s; for terms of your own LicenseRef- and a name."),
    ),
    "project_licence_shape": Sentence(
        N_("“%(licence)s” cannot be read as a licence."),
        N_("Write one name, or several joined by OR, AND or WITH: `CERN-OHL-S-2.0 OR MIT`."),
    ),
    "project_saved_meanwhile": Sentence(
        N_("%(name)s saved the page at %(written_at)s, while you were writing."),
        N_("Your text is still here. Look at what changed in the history, then save again: yours then stands."),
    ),
    "project_version_gone": Sentence(N_("There is no version %(number)s of this page.")),
    "author_unknown": Sentence(
        N_("Nobody here has the user name “%(name)s”."),
        N_("Ask them how it is written; it stands on their account page."),
    ),
    "author_already": Sentence(N_("%(name)s is an author already.")),
    "author_gone": Sentence(N_("%(name)s is not an author any more.")),
    "author_is_owner": Sentence(
        N_("The owner cannot leave a project."), N_("Hand it over to another author first, or delete it.")
    ),
    "author_owns_already": Sentence(N_("%(name)s owns it already.")),
    "authors_too_many": Sentence(N_("A project has at most %(most)s authors.")),
    "tag_shape": Sentence(
        N_("“%(tag)s” cannot be a tag."), N_("Use letters, digits and hyphens; separate tags by commas.")
    ),
    "tag_too_long": Sentence(N_("The tag “%(tag)s…” is too long."), N_("Write at most %(most)s characters.")),
    "tags_too_many": Sentence(N_("These are too many tags."), N_("Choose the %(most)s that say most.")),
    "project_licensor_missing": Sentence(N_("The licensor is missing."), N_("Say who gives the licence.")),
    "project_function_missing": Sentence(N_("What it is for is missing."), N_("One sentence is enough.")),
    "project_version_shape": Sentence(N_("A version has letters, digits, dots and hyphens, such as 1.0.0.")),
    "project_design_missing": Sentence(N_("There is no readable design in it yet."), N_("Upload at least one.")),
    "project_consent_missing": Sentence(
        N_("This account is guarded: its guardian has not agreed to publishing."),
        N_("Ask an instructor or technician."),
    ),
    "showcase_title_missing": Sentence(N_("The title is missing.")),
    "showcase_words_missing": Sentence(N_("The slide is empty."), N_("Write a heading or some words.")),
    "showcase_project_private": Sentence(N_("Only public projects can be shown.")),
    "showcase_project_present": Sentence(N_("This project is in the showcase already.")),
    "showcase_full": Sentence(N_("A showcase has at most %(most)s slides."), N_("Make another one for the rest.")),
    "showcase_empty": Sentence(N_("There is no slide to see yet."), N_("Add a project or a slide of words first.")),
    "showcase_already_public": Sentence(N_("The showcase is public already.")),
    "showcase_already_private": Sentence(N_("The showcase is private already.")),
    "showcase_helper_unknown": Sentence(
        N_("There is nobody with the user name %(name)s."), N_("Ask them for the name they sign in with.")
    ),
    "showcase_helper_present": Sentence(N_("They write this showcase already.")),
    "screen_name_missing": Sentence(N_("Say where the screen hangs.")),
    "project_already_public": Sentence(N_("The project is public already.")),
    "project_already_private": Sentence(N_("The project is private already.")),
    "project_has_open_jobs": Sentence(N_("Jobs of this project are still open."), N_("Collect or cancel them first.")),
    "text_too_long": Sentence(N_("Write at most %(most)s characters.")),
    "estimate_busy": Sentence(
        N_("Many prices are being worked out at this moment."), N_("Ask again in a few seconds. Nothing was lost.")
    ),
    "estimate_too_many": Sentence(
        N_("You asked for the price of new settings %(most)s times in an hour."),
        N_("Wait a while. Settings that were asked for before are answered at any time."),
    ),
    # administration of the workshop
    "name_missing": Sentence(N_("The name is missing.")),
    "slug_shape": Sentence(N_("A short name has small letters, digits and hyphens.")),
    "profile_unknown": Sentence(N_("There is no machine profile called %(profile)s."), N_("Choose one of: %(known)s.")),
    "profile_in_use": Sentence(
        N_("%(count)s run was planned for the profile that stands here, and is not finished."),
        plural=N_("%(count)s runs were planned for the profile that stands here, and are not finished."),
        count="count",
        advice=N_("Let them finish or stop them, clear the beds, then change the profile; or make another model."),
    ),
    "profile_of_a_laser": Sentence(
        N_("This profile burns: its machines are lasers, which only a person starts."),
        N_("Choose the kind laser cutter, or a tool driven by hand that takes drawings only."),
    ),
    "profile_of_no_laser": Sentence(N_("This profile is not a laser's."), N_("Choose another one, or none.")),
    "colour_shape": Sentence(N_("A colour looks like #9aa39d.")),
    "rate_negative": Sentence(N_("Write 0 or more.")),
    "length_out_of_bounds": Sentence(N_("It must lie between %(least_mm)s and %(most_mm)s.")),
    "sheets_out_of_bounds": Sentence(N_("Write a number of sheets between 0 and %(most)s, and of no larger area.")),
    "stock_not_sheets": Sentence(
        N_("%(material)s comes in sheets."), N_("Say how large a sheet is and how many there are.")
    ),
    "stock_not_a_spool": Sentence(N_("%(material)s does not come in sheets."), N_("Say how much it weighs.")),
    "material_in_use": Sentence(
        N_("%(count)s job or stock is counted by what this material is now."),
        plural=N_("%(count)s jobs and stocks are counted by what this material is now."),
        count="count",
        advice=N_("Make another material instead, and mark this one as not used any more."),
    ),
    "mass_out_of_bounds": Sentence(N_("The mass must lie between 0 and %(most_grams)s.")),
    "machine_address_shape": Sentence(N_("The address must begin with http:// or https://.")),
    "machine_key_missing": Sentence(
        N_("The machine's software asks for a key."),
        N_("In OctoPrint it is an application key: make one in its settings and paste it here."),
    ),
    # the floor
    "machine_is_busy": Sentence(
        N_("%(machine)s is at work."), N_("Wait until it has finished, or cancel the run first.")
    ),
    "machine_not_at_it": Sentence(N_("%(machine)s is not at anything where that could be done.")),
    "machine_already_so": Sentence(N_("%(machine)s is in that state already.")),
    "machine_finishes_itself": Sentence(N_("%(machine)s says by itself when it has finished.")),
    "queue_move_where": Sentence(N_("Say one of before, after and place.")),
    "queue_place_out_of_bounds": Sentence(N_("Places are counted from 1.")),
    "queue_not_beside": Sentence(
        N_("%(code)s does not wait in this queue."), N_("Look at the queue again and choose anew.")
    ),
    "plate_of_one": Sentence(N_("Choose at least two jobs to lay together.")),
    "plate_unlike": Sentence(
        N_("These cannot share a bed: they differ in machine, material, colour or settings."),
        advice=N_("Look at the queue again and choose anew."),
    ),
    "good_copies_out_of_bounds": Sentence(N_("Say how many of the %(most)s copies are good.")),
    "slot_unknown": Sentence(N_("%(machine)s has no slot %(position)s.")),
    "spool_other_material": Sentence(
        N_("What is at work there is made of %(material)s."), N_("Choose a spool of that material.")
    ),
    "stock_retired": Sentence(N_("%(stock)s is not in use any more.")),
}
