"""What of FabQueue itself has stopped, for makers and for staff: what stopped, what to do, that nothing is lost."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES = {
    # for makers
    "stop_reading": Sentence(
        N_("Files are not read at present: a part of FabQueue has stopped."),
        advice=N_(
            "Nothing is lost: what you upload is kept, and read by itself when that part runs again. "
            "Tell a technician if it lasts."
        ),
    ),
    "stop_reading_slow": Sentence(
        N_("Files are read one after the other at present, so it takes longer than usual."),
        advice=N_("Nothing is lost, and there is nothing to do: what you upload is kept and read by itself."),
    ),
    "stop_making": Sentence(
        N_("Machines get no new work at present: a part of FabQueue has stopped."),
        advice=N_(
            "Nothing is lost: they finish what they have begun, and your job keeps its place and goes on by itself. "
            "Tell a technician if it lasts."
        ),
    ),
    "stop_preparing": Sentence(
        N_("Files are not prepared for the machines at present: a part of FabQueue has stopped."),
        advice=N_(
            "Nothing is lost: your job keeps its place and goes on by itself. Tell a technician if it lasts."
        ),
    ),
    # for staff
    "stop_ticker": Sentence(
        N_("The ticker has stopped: nothing gives work to the machines or watches them."),
        advice=N_("They finish what they have begun. Look at them yourself until it runs again."),
    ),
    "stop_analysis": Sentence(
        N_("The analysis worker has stopped: uploaded files are not read."),
        advice=N_("They are kept and read when it runs again."),
    ),
    "stop_slicing": Sentence(
        N_("The slicing worker has stopped: approved jobs are not prepared, and no mail goes out."),
        advice=N_("They keep their places and go on when it runs again."),
    ),
    "stop_machines": Sentence(
        N_("The machine worker has stopped: the ticker drives the machines in its place."),
        advice=N_("They go on, a little slower."),
    ),
    "stop_queue": Sentence(
        N_("Valkey does not answer: the ticker does the work of all workers, one thing after the other."),
        advice=N_("Everything goes on, only slower."),
    ),
}  # fmt: skip
