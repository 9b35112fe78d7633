"""Finding machines and asking them for a key."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "machine_address_taken": Sentence(N_("A machine of the lab has this address already.")),
    "machine_address_typed": Sentence(
        N_("This cannot be the address of an OctoPrint."),
        N_("Write it as it opens in a browser, without name and password: http://octopi.local or 192.168.1.20."),
    ),
    "machine_asked_too_often": Sentence(
        N_("OctoPrint was asked too often in a short time."), N_("Wait ten minutes, then ask again.")
    ),
    "machine_model_unfit": Sentence(
        N_("That machine model does not fit this printer."), N_("Choose one of the list; its bed must not be larger.")
    ),
    "tool_material_missing": Sentence(N_("Name at least one material.")),
    "event_site_search": Sentence(N_("%(actor)s searched the network for machines")),
    "event_site_type_address": Sentence(N_("%(actor)s looked for a machine at %(address)s")),
    "event_site_ask_key": Sentence(N_("%(actor)s asked %(address)s for a key")),
    "event_site_key_allowed": Sentence(N_("%(address)s gave a key")),
    "event_site_key_denied": Sentence(N_("%(address)s gave no key: somebody answered no")),
    "event_site_key_expired": Sentence(N_("%(address)s gave no key: nobody answered")),
    "event_site_key_silent": Sentence(N_("%(address)s gave no key: it stopped answering")),
}
