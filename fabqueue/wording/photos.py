"""Photos: why one was not taken, and what became of it."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "photo_missing": Sentence(N_("No photo was chosen."), N_("Take one, or choose one from your device.")),
    "photo_not_a_photo": Sentence(
        N_("This file is no photo we can read."), N_("Take a JPEG, PNG, WebP or HEIC, as phones make them.")
    ),
    "photo_unreadable": Sentence(
        N_("The photo is damaged and cannot be read."), N_("Take it again, or send another one.")
    ),
    "photo_too_many_pixels": Sentence(
        N_("The photo has more than %(most_megapixels)s million pixels."), N_("Make it smaller, or take another one.")
    ),
    "photo_odd_shape": Sentence(
        N_("One side of the picture is more than %(most)s times as long as the other."),
        N_("Cut out the part that matters."),
    ),
    "photo_too_heavy": Sentence(
        N_("The photo takes too much time or memory to open."), N_("Make it smaller, or take another one.")
    ),
    "photo_too_large": Sentence(
        N_("The photo is larger than the %(most_bytes)s this lab takes."), N_("Make it smaller, or take another one.")
    ),
    "photo_too_many": Sentence(
        N_("A project shows at most %(most)s photos."), N_("Withdraw some that say little, then add this one.")
    ),
    "photo_busy": Sentence(N_("Many photos are being worked on at this moment."), N_("Try again in half a minute.")),
    "photo_already_withdrawn": Sentence(N_("The photo is withdrawn already.")),
    "photo_already_shown": Sentence(N_("The photo is shown already.")),
    "photo_gone": Sentence(N_("The photo was withdrawn too long ago: its picture is gone."), N_("Add it again.")),
    "event_project_photo": Sentence(N_("%(actor)s added a photo")),
    "event_project_describe_photo": Sentence(N_("%(actor)s described a photo")),
    "event_project_withdraw_photo": Sentence(N_("%(actor)s withdrew a photo")),
    "event_project_restore_photo": Sentence(N_("%(actor)s brought a withdrawn photo back")),
    "event_project_move_photo": Sentence(N_("%(actor)s changed the order of the photos")),
}
