"""Why a machine and material suits a design, or does not."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "fit_unknown": Sentence(N_("Nobody can say whether it fits.")),
    "fit_by_hand": Sentence(N_("A person makes it by hand; the price is without time.")),
    "fit_wrong_kind_of_machine": Sentence(N_("%(machine)s cannot make this kind of file.")),
    "fit_material_unknown": Sentence(N_("Its profile does not know %(material)s.")),
    "fit_needs_certification": Sentence(N_("You need the certificate for %(machine)s to run it yourself.")),
    "fit_toolpath_outside_bed": Sentence(N_("The file moves %(over_mm)s beyond the bed.")),
}
