"""What a machine, or the way to it, says when something is wrong."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES = {
    "machine_emergency_unconfirmed": Sentence(
        N_("Emergency stop: the machine has not confirmed it."),
        advice=N_("Go there and switch it off by hand. Connect it again once it is safe."),
    ),
    "machine_emergency_stopped": Sentence(
        N_("Emergency stop: the machine says that it stands still."),
        advice=N_("Look at it and set it right; it takes no work until somebody connects it again."),
    ),
    "machine_emergency_not_shown": Sentence(N_("The emergency stop was sent, and the machine does not show it.")),
    "machine_no_emergency_stop": Sentence(
        N_("%(machine)s is driven by hand: nothing here can stop it."), advice=N_("Switch it off at the machine.")
    ),
    "machine_no_pause": Sentence(
        N_("%(machine)s does not pause from here, because going on afterwards would not be right."),
        advice=N_("Stop it, or pause it at the machine yourself."),
    ),
    "machine_no_resume": Sentence(
        N_("%(machine)s does not go on from here: where a laser stood still, it burns."),
        advice=N_("Stop it, and make it again."),
    ),
    "machine_not_to_connect": Sentence(N_("%(machine)s has no fault that connecting it again could end.")),
    "machine_address_wrong": Sentence(
        N_("The machine's address cannot be right."),
        advice=N_("It starts with http:// or https:// and is the one that opens OctoPrint in a browser."),
    ),
    "machine_driver_unknown": Sentence(
        N_("Nothing here drives a machine by the name of “%(driver)s”."),
        advice=N_("Put its file back into printers/drivers, or choose another way on the machine's page."),
    ),
    "machine_busy": Sentence(
        N_("The machine is doing something else, or nothing is running that could be stopped."),
        advice=N_("Look at the machine, then try again."),
    ),
    "machine_by_hand": Sentence(
        N_("This machine is driven by hand: it takes no commands."),
        advice=N_("Start and finish the work there, and say so here."),
    ),
    "machine_camera_silent": Sentence(
        N_("The camera at %(address)s gives no picture."),
        advice=N_("Check that the address opens a single picture, and that this server can reach it."),
    ),
    "machine_certificate": Sentence(
        N_("The machine's https certificate is not trusted here."),
        advice=N_("Use its http address inside the lab, or give it a certificate that this server knows."),
    ),
    "machine_connection_lost": Sentence(
        N_("The connection to the machine broke off in the middle of an answer."),
        advice=N_("Nothing was repeated. The machine is asked again shortly."),
    ),
    "machine_failed": Sentence(
        N_("The machine's software failed (answer %(status)s)."),
        advice=N_("It is asked again shortly. If it stays so, look into OctoPrint's log."),
    ),
    "machine_file_missing": Sentence(
        N_("The file is not on the machine."), advice=N_("It may have been deleted there; send it again.")
    ),
    "machine_file_refused": Sentence(
        N_("The machine does not take files of this kind."), advice=N_("Remove plugins that change what it accepts.")
    ),
    "machine_file_too_large": Sentence(
        N_("The file is too large for the machine's software."),
        advice=N_("Raise the upload limit in OctoPrint, or make the part smaller or coarser."),
    ),
    "machine_full": Sentence(
        N_("The machine has no room left for the file."), advice=N_("Delete old files on it, then try again.")
    ),
    "machine_key_deprecated": Sentence(
        N_("The key is OctoPrint's global key, which newer versions no longer accept."),
        advice=N_("Make an application key for FabQueue in OctoPrint's settings and enter it here."),
    ),
    "machine_key_lacks_rights": Sentence(
        N_("The key may not do everything that is needed. Missing: %(rights)s"),
        advice=N_("Give its user these permissions in OctoPrint."),
    ),
    "machine_key_refused": Sentence(
        N_("The machine does not accept the key."),
        advice=N_("Make an application key for FabQueue in OctoPrint's settings and enter it here."),
    ),
    "machine_not_octoprint": Sentence(
        N_("What answers at this address is not OctoPrint."),
        advice=N_("Check address and port: it is the one that opens OctoPrint in a browser."),
    ),
    "machine_printer_error": Sentence(
        N_("The printer reports an error: %(error)s"),
        public=N_("The printer reports an error."),
        advice=N_("Look at the printer, set it right, and connect it again in OctoPrint."),
    ),
    "machine_printer_offline": Sentence(
        N_("OctoPrint answers, but its printer is not connected."),
        advice=N_("Switch the printer on and check its cable, then connect it in OctoPrint."),
    ),
    "machine_redirects": Sentence(
        N_("The machine's address sends us on to %(address)s."), advice=N_("Enter that address instead.")
    ),
    "machine_refused": Sentence(
        N_("The machine refused the request (answer %(status)s)."),
        advice=N_("Look into OctoPrint's log for the reason."),
    ),
    "machine_silent": Sentence(
        N_("The machine took the connection and did not answer in time."),
        advice=N_("It is asked again shortly. If it stays so, restart its OctoPrint."),
    ),
    "machine_state_unknown": Sentence(
        N_("The machine reports a state that is not known here: %(state)s"),
        advice=N_("Look at the machine. Nothing is sent to it while it says so."),
    ),
    "machine_unreachable": Sentence(
        N_("The machine does not answer."), advice=N_("Check that it is switched on and in the network.")
    ),
}
