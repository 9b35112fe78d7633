"""The lines of a price and of the ledger; where an estimate comes from."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "price_material": Sentence(N_("Material, %(mass_grams)s at %(rate_minor)s per kg")),
    "price_machine": Sentence(N_("Machine, %(time_seconds)s at %(rate_minor)s per hour")),
    "price_setup": Sentence(N_("Setting up")),
    "entry_hold": Sentence(N_("Held for")),
    "entry_charge": Sentence(N_("Paid for")),
    "entry_release": Sentence(N_("Set free for")),
    "entry_charged": Sentence(N_("Held no more, because charged:")),
    "entry_refund": Sentence(N_("Given back for")),
    "entry_failure": Sentence(N_("Paid for a failure of")),
    "entry_taken_back": Sentence(N_("Given back, was not ready after all:")),
    "entry_payment": Sentence(N_("Paid in")),
    "means_cash": Sentence(N_("in cash")),
    "means_card": Sentence(N_("by card")),
    "means_bank": Sentence(N_("by bank transfer")),
    "means_other": Sentence(N_("another way")),
    "means_waived": Sentence(N_("waived")),
    "means_cash_back": Sentence(N_("in cash, taken back")),
    "means_card_back": Sentence(N_("by card, taken back")),
    "means_bank_back": Sentence(N_("by bank transfer, taken back")),
    "means_other_back": Sentence(N_("another way, taken back")),
    "means_waived_back": Sentence(N_("waived, taken back")),
    "entry_transfer": Sentence(N_("Brought over when two accounts became one")),
    "source_geometry": Sentence(N_("predicted from the shape")),
    "source_slicer": Sentence(N_("from the slicer")),
    "source_measured": Sentence(N_("from what the machines really took")),
    "kind_printer": Sentence(N_("3D printers")),
    "kind_laser": Sentence(N_("Laser cutters")),
    "kind_other": Sentence(N_("Tools driven by hand")),
}
