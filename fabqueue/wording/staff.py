"""What staff say and do at the desk, the shelf and with people."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "event_job_place": Sentence(N_("%(actor)s put it here: %(place)s")),
    "place_missing": Sentence(N_("Say where it lies.")),
    "urgency_urgent": Sentence(N_("Urgent")),
    "urgency_normal": Sentence(N_("Normal")),
    "urgency_later": Sentence(N_("When there is time")),
    "role_member": Sentence(N_("Member")),
    "role_technician": Sentence(N_("Technician")),
    "role_instructor": Sentence(N_("Instructor")),
    "role_admin": Sentence(N_("Admin")),
}
