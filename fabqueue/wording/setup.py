"""What a lab that is set up is asked."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "lab_school": Sentence(N_("A school or university")),
    "lab_library": Sentence(N_("A library or public workshop")),
    "lab_company": Sentence(N_("A company")),
    "lab_club": Sentence(N_("A club or makerspace")),
    "pays_nobody": Sentence(N_("Nobody: what is made is free")),
    "pays_some_free": Sentence(N_("The first 50 g of material in each job are free, then the maker pays")),
    "pays_later": Sentence(N_("The maker pays when collecting")),
    "pays_first": Sentence(N_("The maker pays before it is made")),
    "setup_code_wrong": Sentence(
        N_("That is not the code."),
        N_("It stands where FabQueue was started, and in the file setup-code of its data folder."),
    ),
    "setup_is_over": Sentence(N_("This lab is set up already."), N_("Sign in instead.")),
}
