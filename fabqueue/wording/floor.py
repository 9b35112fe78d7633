"""The round through the lab: causes of failures and who pays, the handover note, taking back, stock."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    # causes
    "cause_came_loose": Sentence(N_("it came loose from the bed")),
    "cause_warped": Sentence(N_("it warped")),
    "cause_clogged": Sentence(N_("the nozzle was clogged")),
    "cause_ran_out": Sentence(N_("the material ran out or got stuck")),
    "cause_shifted": Sentence(N_("the layers shifted")),
    "cause_poor_support": Sentence(N_("it lacked supports")),
    "cause_not_through": Sentence(N_("it was not cut through")),
    "cause_burnt": Sentence(N_("it was burnt")),
    "cause_file": Sentence(N_("the design cannot be made like this")),
    "cause_machine": Sentence(N_("the machine broke down")),
    "cause_stopped": Sentence(N_("somebody had to stop it")),
    "cause_other": Sentence(N_("something else")),
    "failed_because": Sentence(N_("Cause: %(cause)s"), public=N_("It failed.")),
    "failed_because_said": Sentence(N_("Cause: %(cause)s. %(text)s"), public=N_("It failed.")),
    "failure_charged": Sentence(
        N_("The failure was the maker's: what had been made of the failed copies costs %(price_minor)s.")
    ),
    "failure_charged_because": Sentence(
        N_("The failure was the maker's (%(cause)s): what had been made of the failed copies costs %(price_minor)s.")
    ),
    "at_fault_machine": Sentence(N_("the machine's fault, free for the maker")),
    "at_fault_maker": Sentence(N_("the maker's fault")),
    "event_run_photo": Sentence(N_("%(actor)s took a photo of it")),
    "event_run_explain": Sentence(N_("%(actor)s said why it failed")),
    "event_run_unclear": Sentence(N_("%(actor)s took back that the bed is clear")),
    "event_machine_unclear": Sentence(N_("%(actor)s took back that the bed is clear")),
    "event_job_unready": Sentence(N_("It is not ready after all")),
    "event_job_charge_failure": Sentence(N_("%(actor)s charged a failure")),
    # taking back
    "undo_not_offered": Sentence(N_("This cannot be taken back.")),
    "undo_too_late": Sentence(N_("That was too long ago to be taken back.")),
    "undo_next_at_work": Sentence(
        N_("The machine has taken its next job, so the bed was clear."),
        N_("If the parts are no good after all, talk to their maker and refund the job."),
    ),
    "undo_went_on": Sentence(N_("Things went on since: parts were collected, or made again.")),
    # services
    "service_due": Sentence(N_("%(machine)s: “%(task)s” is due.")),
    "service_name_missing": Sentence(N_("Say what is to be done, in a few words.")),
    "service_every_out_of_bounds": Sentence(N_("Write how often, as a number from 1 to %(most)s.")),
    "service_too_many": Sentence(N_("A machine model holds at most %(most)s services.")),
    "service_gone": Sentence(N_("Somebody took this service away before you.")),
    "service_not_of_machine": Sentence(N_("This service is not one of %(machine)s.")),
    # the handover note
    "handover_empty": Sentence(N_("Write what the next shift must know.")),
    "handover_done_already": Sentence(N_("Somebody marked this note as done before you.")),
    "handover_open_already": Sentence(N_("This note is open already.")),
    "event_site_hand_over": Sentence(N_("%(actor)s left a note for the next shift")),
    "event_site_hand_over_done": Sentence(N_("%(actor)s marked a note as done")),
    "event_site_hand_over_again": Sentence(N_("%(actor)s opened a note again")),
    "walking_order_changed": Sentence(
        N_("The machines are not the same any more."), N_("Look at the list again and move them once more.")
    ),
    "event_machine_move": Sentence(N_("%(actor)s changed its place in the walking order")),
    # requests of several jobs
    "request_not_gathering": Sentence(N_("This request was sent already."), N_("Put further designs into a new one.")),
    "request_full": Sentence(N_("A request holds at most %(most)s jobs."), N_("Send this one, then begin another.")),
    "request_empty": Sentence(N_("There is nothing in this request yet."), N_("Put at least one design into it.")),
    "request_job_hinders": Sentence(N_("%(job)s: %(why)s"), N_("Nothing was sent yet. Mend it, or take it out.")),
    "request_nothing_to_approve": Sentence(N_("Nothing of this request waits for a decision any more.")),
    "request_nothing_ready": Sentence(N_("Nothing of this request is ready to collect.")),
    "event_job_repeat": Sentence(N_("%(actor)s asked for the same again as %(job)s")),
    # the statement of an account
    "statement_hold": Sentence(N_("%(amount_minor)s set aside when %(job)s was approved. It is not charged yet.")),
    "statement_release": Sentence(N_("%(amount_minor)s set free: it is not needed for %(job)s any more.")),
    "statement_charged": Sentence(N_("%(amount_minor)s held no more, because %(job)s is charged.")),
    "statement_charge": Sentence(N_("%(job)s is ready: %(amount_minor)s of the agreed %(quoted_minor)s charged.")),
    "statement_charge_as_held": Sentence(N_("%(job)s is ready: the agreed %(amount_minor)s charged.")),
    "statement_failure": Sentence(N_("%(job)s failed by its maker's own fault: %(amount_minor)s charged.")),
    "statement_taken_back": Sentence(N_("%(job)s was not ready after all: %(amount_minor)s given back.")),
    "statement_refund": Sentence(N_("%(amount_minor)s given back for %(job)s.")),
    "statement_payment": Sentence(N_("%(amount_minor)s paid in.")),
    "statement_transfer": Sentence(N_("%(amount_minor)s moved between two accounts of the same person.")),
    # machines and models
    "slots_too_many": Sentence(N_("A machine has at most %(most)s slots.")),
    "slot_loaded": Sentence(N_("%(stock)s is loaded there."), N_("Take it out first.")),
    "model_retired": Sentence(N_("%(machine)s is not used any more."), N_("Bring that machine model back first.")),
    "model_has_machines": Sentence(
        N_("%(count)s machine of it stands in the lab."),
        plural=N_("%(count)s machines of it stand in the lab."),
        count="count",
        advice=N_("Take them away, or give them another model."),
    ),
    "model_has_jobs": Sentence(
        N_("%(count)s open job is for it."),
        plural=N_("%(count)s open jobs are for it."),
        count="count",
        advice=N_("Let them be finished, change them, or decline them."),
    ),
    "offer_in_use": Sentence(
        N_("%(count)s open job is made of %(material)s there."),
        plural=N_("%(count)s open jobs are made of %(material)s there."),
        count="count",
        advice=N_("Let them be finished first. To offer it no more, mark the material as not used any more."),
    ),
    "stock_here_already": Sentence(N_("%(stock)s is here already.")),
    "event_machine_add_slot": Sentence(N_("%(actor)s added slot %(number)s")),
    "event_machine_remove_slot": Sentence(N_("%(actor)s took slot %(number)s away")),
    "event_machine_bring_back": Sentence(N_("Brought back by %(actor)s")),
    "event_site_save_model": Sentence(N_("%(actor)s changed the machine model %(name)s")),
    "event_site_save_material": Sentence(N_("%(actor)s changed the material %(name)s")),
    "event_site_retire_model": Sentence(N_("%(actor)s retired the machine model %(name)s")),
    "event_site_bring_back_model": Sentence(N_("%(actor)s brought the machine model %(name)s back")),
    # stock
    "event_stock_weigh": Sentence(N_("%(actor)s weighed it: %(left_grams)s left (%(change_grams)s)")),
    "event_stock_low": Sentence(N_("It came to run low: %(left_grams)s left")),
    "event_stock_count": Sentence(N_("%(actor)s counted it: %(left_mm2)s left (%(change_mm2)s)")),
    "event_stock_cut": Sentence(N_("A run used %(used_mm2)s")),
    "event_stock_low_sheets": Sentence(N_("It came to run low: %(left_mm2)s left")),
    "event_stock_return": Sentence(N_("Brought back by %(actor)s")),
}
