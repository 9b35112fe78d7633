"""Why a material must not go under a laser, and what was decided about it."""

from fabqueue.wording.catalogue import N_, Sentence

_ASK = N_("Choose another material. A technician who knows better may allow it with a reason.")
_SAY = N_(
    "Find out what it is made of. If it is harmless, name it so that one can tell, or have a technician allow it with "
    "a reason."
)

SENTENCES: dict[str, Sentence] = {
    "beam_chlorine": Sentence(
        N_(
            "Forbidden material: %(material)s holds chlorine. Burnt, it gives off acid that poisons people and eats machines."
        ),
        _ASK,
    ),
    "beam_polycarbonate": Sentence(
        N_("Forbidden material: %(material)s is polycarbonate. It chars and catches fire instead of being cut."), _ASK
    ),
    "beam_fluorine": Sentence(
        N_("Forbidden material: %(material)s holds fluorine, which becomes a poisonous, biting gas."), _ASK
    ),
    "beam_cyanide": Sentence(
        N_("Forbidden material: %(material)s gives off cyanide when it burns, and melts rather than being cut."), _ASK
    ),
    "beam_burns": Sentence(N_("Forbidden material: %(material)s melts, drips and catches fire under the beam."), _ASK),
    "beam_resin_fibre": Sentence(
        N_("Forbidden material: %(material)s is fibre in resin. Its fumes and dust are poisonous."), _ASK
    ),
    "beam_mirror": Sentence(
        N_("Forbidden material: %(material)s throws the beam back, at the lens or at people."), _ASK
    ),
    "beam_leather": Sentence(
        N_("Forbidden material: nobody said how %(material)s is tanned. Chrome in it becomes poisonous dust."), _SAY
    ),
    "beam_lab": Sentence(N_("Forbidden material: this lab does not put %(material)s under its lasers."), _ASK),
    "beam_unknown": Sentence(N_("Forbidden material: nobody knows what %(material)s gives off when it burns."), _SAY),
    "beam_not_allowed": Sentence(N_("Nobody has allowed %(material)s under the lasers.")),
    "event_site_allow_beam": Sentence(N_("%(actor)s allowed %(name)s under the lasers: %(text)s")),
    "event_site_withdraw_beam": Sentence(N_("%(actor)s no longer allows %(name)s under the lasers")),
}
