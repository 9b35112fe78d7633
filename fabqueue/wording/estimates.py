"""Why there is no estimate."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES = {
    "estimate_encloses_nothing": Sentence(
        N_("The part encloses no volume, so there is nothing to print."),
        advice=N_("Give its surfaces a thickness in your program, close the holes, and upload it again."),
    ),
    "estimate_pose_unusable": Sentence(
        N_("The part cannot be turned that way."), advice=N_("Choose another pose, or leave it as it lies in the file.")
    ),
}
