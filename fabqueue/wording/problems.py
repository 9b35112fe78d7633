"""What the API says about calls it cannot answer."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    # titles, one for each status
    "status_400": Sentence(N_("The call could not be read")),
    "status_401": Sentence(N_("A token is needed")),
    "status_403": Sentence(N_("Not allowed")),
    "status_404": Sentence(N_("Nothing there")),
    "status_405": Sentence(N_("Wrong method")),
    "status_406": Sentence(N_("No such form of answer")),
    "status_409": Sentence(N_("The state does not allow it")),
    "status_413": Sentence(N_("Too large")),
    "status_415": Sentence(N_("Unknown format")),
    "status_422": Sentence(N_("Refused")),
    "status_429": Sentence(N_("Too many calls")),
    "status_500": Sentence(N_("FabQueue failed")),
    "status_503": Sentence(N_("FabQueue is busy")),
    # what happened
    "token_missing": Sentence(
        N_("This call needs a token."),
        N_("Make one on your account page and send it as “Authorization: Bearer TOKEN” or “X-Api-Key: TOKEN”."),
    ),
    "token_wrong": Sentence(
        N_("This token does not work."), N_("It may be revoked or cut off. Make a new one on your account page.")
    ),
    "call_unreadable": Sentence(N_("The call could not be read.")),
    "call_forbidden": Sentence(N_("You may not do that."), N_("Ask a technician if you think you should.")),
    "call_not_found": Sentence(N_("There is nothing here for you."), N_("Check the address and the token.")),
    "call_method": Sentence(N_("This address does not know that method."), N_("See the Allow header.")),
    "call_media_type": Sentence(N_("The content type of the call does not fit."), N_("Send %(wanted)s.")),
    "call_too_often": Sentence(N_("These are too many calls in a short time."), N_("Wait a minute and try again.")),
    "call_busy": Sentence(N_("FabQueue cannot answer at the moment."), N_("Try again in a few seconds.")),
    "call_failed": Sentence(N_("Something broke on our side. It was written down."), N_("Try again later.")),
    "call_invalid": Sentence(
        N_("%(count)s thing in the call does not fit: see errors."),
        plural=N_("%(count)s things in the call do not fit: see errors."),
        count="count",
    ),
    "call_body_no_json": Sentence(N_("The body is no valid JSON.")),
    "call_body_no_object": Sentence(N_("The body must be a JSON object.")),
    "field_missing": Sentence(N_("This is missing.")),
    "field_unknown": Sentence(N_("There is no such field."), N_("Check its spelling.")),
    "field_not_text": Sentence(N_("This must be text.")),
    "field_not_whole": Sentence(N_("This must be a whole number.")),
    "field_not_number": Sentence(N_("This must be a number.")),
    "field_not_switch": Sentence(N_("This must be true or false.")),
    "field_not_date": Sentence(N_("This must be a date such as 2030-12-31.")),
    "field_not_object": Sentence(N_("This must be a JSON object.")),
    "field_not_list": Sentence(N_("This must be a list.")),
    "field_no_choice": Sentence(N_("This must be one of: %(known)s.")),
    "stock_unknown": Sentence(N_("There is no such stock."), N_("GET /api/v1/stock lists what can be loaded.")),
    "limit_out_of_bounds": Sentence(N_("A page holds %(least)s to %(most)s items.")),
    "cursor_unreadable": Sentence(N_("This cursor was not made here."), N_("Use the address in “next” as it is.")),
}
