"""What `fabqueue check` says of each part, and what to do when it is not well."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES = {
    "check_settings_well": Sentence(N_("Settings: read without a fault.")),
    "check_site_file_missing": Sentence(
        N_("Settings: [site] %(setting)s names a file that is not there (%(path)s)."),
        advice=N_("Put the file there, or correct the setting."),
    ),
    "check_database_well": Sentence(N_("Database: %(kind)s answers and is up to date.")),
    "check_database_unreachable": Sentence(
        N_("Database: it does not answer (%(message)s)."),
        advice=N_("Start it, or correct [data] database. With the default, the data folder must be writable."),
    ),
    "check_database_outdated": Sentence(
        N_("Database: %(count)s migration is due."),
        plural=N_("Database: %(count)s migrations are due."),
        count="count",
        advice=N_("Run `fabqueue init`, or start `fabqueue serve`; both copy the database first."),
    ),
    "check_database_newer": Sentence(
        N_("Database: it was made by a newer FabQueue (revision %(revision)s)."),
        advice=N_("Install that version again, or restore a backup."),
    ),
    "check_valkey_well": Sentence(N_("Valkey: version %(version)s answers.")),
    "check_valkey_old": Sentence(
        N_("Valkey: the server is version %(version)s; workers need 7 or newer."),
        advice=N_("Install Valkey 8 or Redis 7, or leave [data] redis empty: FabQueue then runs its own."),
    ),
    "check_valkey_own_stopped": Sentence(
        N_("Valkey: our own is not running."),
        advice=N_("Start `fabqueue serve`, which runs it. Nothing is lost without it; work waits in the database."),
    ),
    "check_valkey_unreachable": Sentence(
        N_("Valkey: it does not answer (%(message)s)."),
        advice=N_("Start it, or correct [data] redis. Nothing is lost without it; work waits in the database."),
    ),
    "check_ticker_well": Sentence(N_("Ticker: last seen %(age_seconds)s ago.")),
    "check_ticker_silent": Sentence(
        N_("Ticker: last seen %(age_seconds)s ago."),
        advice=N_("Start `fabqueue serve` or `fabqueue ticker`. Without it, work that was missed is not found again."),
    ),
    "check_ticker_never": Sentence(
        N_("Ticker: it has never run."),
        advice=N_("Start `fabqueue serve` or `fabqueue ticker`. Without it, work that was missed is not found again."),
    ),
    "check_analysis_well": Sentence(N_("Analysis worker: last seen %(age_seconds)s ago.")),
    "check_analysis_silent": Sentence(
        N_("Analysis worker: last seen %(age_seconds)s ago."),
        advice=N_("Start `fabqueue serve` or `fabqueue worker --queue analysis`. Until then designs wait unread."),
    ),
    "check_analysis_never": Sentence(
        N_("Analysis worker: it has never run."),
        advice=N_("Start `fabqueue serve` or `fabqueue worker --queue analysis`. Until then designs wait unread."),
    ),
    "check_slicing_well": Sentence(N_("Slicing worker: last seen %(age_seconds)s ago.")),
    "check_slicing_silent": Sentence(
        N_("Slicing worker: last seen %(age_seconds)s ago."),
        advice=N_(
            "Start `fabqueue serve` or `fabqueue worker --queue slicing`. Until then approved jobs and mail wait."
        ),
    ),
    "check_slicing_never": Sentence(
        N_("Slicing worker: it has never run."),
        advice=N_(
            "Start `fabqueue serve` or `fabqueue worker --queue slicing`. Until then approved jobs and mail wait."
        ),
    ),
    "check_machines_well": Sentence(N_("Machine worker: last seen %(age_seconds)s ago.")),
    "check_machines_silent": Sentence(
        N_("Machine worker: last seen %(age_seconds)s ago."),
        advice=N_("Start `fabqueue serve` or `fabqueue worker --queue machines`. Until then nothing is made."),
    ),
    "check_machines_never": Sentence(
        N_("Machine worker: it has never run."),
        advice=N_("Start `fabqueue serve` or `fabqueue worker --queue machines`. Until then nothing is made."),
    ),
    "check_slicer_well": Sentence(N_("Slicer: %(version)s, %(program)s.")),
    "check_slicer_missing": Sentence(
        N_("Slicer: PrusaSlicer was not found."),
        advice=N_("Install it (on Debian: apt install prusa-slicer), or name its program in [slicer] program."),
    ),
    "check_storage_well": Sentence(N_("Storage: %(folder)s is writable, %(free_bytes)s are free.")),
    "check_storage_full": Sentence(
        N_("Storage: only %(free_bytes)s are free in %(folder)s."),
        advice=N_("Make room before uploads and slicing fail."),
    ),
    "check_storage_unwritable": Sentence(
        N_("Storage: nothing can be written to %(folder)s (%(message)s)."),
        advice=N_("Give the user that runs FabQueue the right to write there."),
    ),
    "check_machine_well": Sentence(N_("%(machine)s: %(version)s answers.")),
    "check_machine_by_hand": Sentence(N_("%(machine)s: driven by hand, nothing to ask.")),
    "check_machine_problem": Sentence(N_("%(machine)s: %(problem)s")),
    "check_no_machines": Sentence(
        N_("Machines: there are none yet."), advice=N_("Add one with `fabqueue machine add` or on the machines page.")
    ),
}
