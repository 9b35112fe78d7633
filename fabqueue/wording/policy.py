"""What the lab decides about itself: the name of each setting, with what it means as advice; why a value is not taken."""

from fabqueue.wording.catalogue import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "policy_group_site": Sentence(N_("The lab")),
    "policy_group_people": Sentence(N_("Accounts")),
    "policy_group_money": Sentence(N_("Money")),
    "policy_group_uploads": Sentence(N_("Uploads")),
    "policy_group_drawings": Sentence(N_("Drawings for lasers")),
    "policy_group_retention": Sentence(N_("How long things are kept")),
    "policy_group_queue": Sentence(N_("Queue")),
    "policy_queue_plates": Sentence(
        N_("Small jobs share a bed by themselves"),
        N_("Those of one material and the same settings, when a machine will soon be free. Else technicians choose."),
    ),
    "policy_queue_plate_days": Sentence(
        N_("Days on which they do, without the switch above"),
        N_(
            "For a workshop, which ends by itself: such as 2026-12-03, or 2026-12-10 to 2026-12-12, with a comma between them."
        ),
    ),
    "policy_site_name": Sentence(N_("Name of the lab"), N_("Shown in the header and in messages.")),
    "policy_site_public_url": Sentence(
        N_("Address people open"),
        N_("Links in messages and QR codes on machines lead there. With https:// sign-in cookies are marked secure."),
    ),
    "policy_site_time_zone": Sentence(N_("Time zone"), N_("Due dates and opening hours are read in it.")),
    "policy_site_currency": Sentence(
        N_("Currency"), N_("All amounts are in it. It stays as it is once a job has a price.")
    ),
    "policy_site_language": Sentence(
        N_("Language"), N_("For visitors whose browser asks for none. Everybody chooses their own.")
    ),
    "policy_site_welcome_title": Sentence(N_("Headline of the first page"), N_("A few words. Empty: FabQueue’s own.")),
    "policy_site_welcome": Sentence(
        N_("Words of welcome"), N_("One or two sentences below the headline. Empty: FabQueue’s own.")
    ),
    "policy_uploads_per_hour": Sentence(N_("Uploads in an hour"), N_("That one account may make.")),
    "policy_uploads_kept_mb": Sentence(N_("Design files of one account"), N_("All its files together.")),
    "policy_drawings_colours": Sentence(
        N_("What the colours stand for"),
        N_(
            "Each colour with cut, score, engrave or ignored, a comma between them. What is not named is never burnt. Names of CSS and such as #ff0000 are understood."
        ),
    ),
    "policy_money_price_tolerance_percent": Sentence(
        N_("Dearer without asking"),
        N_(
            "When slicing finds a job dearer than its quote by more than this, the member is asked. Below it the quote stands."
        ),
    ),
    "policy_money_minimum_balance": Sentence(
        N_("Lowest balance"),
        N_("0.00 means pay first, -20.00 gives so much credit. Empty: members pay when they collect, without a limit."),
    ),
    "policy_money_free_grams": Sentence(N_("Free material in each job"), N_("Only what is above it costs something.")),
    "policy_money_maker_fault_percent": Sentence(
        N_("What a failure through the maker's own fault costs"),
        N_("A share of the price of the failed copies, as far as they were made. A machine's fault is always free."),
    ),
    "policy_queue_preference_hours": Sentence(
        N_("Wait for a preferred machine"),
        N_("Counted from the approval, while others are free. Who needs one certain machine always waits for it."),
    ),
    "policy_queue_spread_hours": Sentence(
        N_("Divide the copies of a job when a run would be longer than"),
        N_(
            "Over as many machines of its kind as that needs and are in service. 0: copies stay together, unless somebody says otherwise."
        ),
    ),
    "policy_queue_alone_hours": Sentence(
        N_("A machine may be alone for"),
        N_(
            "At a stretch, where its own page allows it to work while nobody is there. Counts outside the opening hours."
        ),
    ),
    "policy_queue_certified_only": Sentence(
        N_("Only certified members have things made where a certification is needed"),
        N_("Otherwise the certification decides only who may start and clear such a machine."),
    ),
    "policy_queue_clearing_minutes": Sentence(
        N_("Time until a bed is cleared"), N_("For the forecast, until it has seen enough clears to know better.")
    ),
    "policy_people_guests": Sentence(
        N_("Requests without an account"), N_("Guests give a name and a file, and follow their request by a code.")
    ),
    "policy_people_guests_on": Sentence(N_("Anybody who reaches the page")),
    "policy_people_guests_off": Sentence(N_("Only people with an account ask")),
    "policy_people_guests_per_hour": Sentence(
        N_("Requests of guests in an hour from one address"), N_("A class or a fair sits behind one address.")
    ),
    "policy_uploads_guests_kept_mb": Sentence(N_("Space for the files of all guests together")),
    "policy_people_sign_up": Sentence(N_("Who may make an account")),
    "policy_people_sign_up_open": Sentence(N_("Anybody who reaches the page")),
    "policy_people_sign_up_closed": Sentence(N_("Only technicians and admins")),
    "policy_people_shortest_password": Sentence(N_("Shortest password"), N_("Counts for new passwords.")),
    "policy_people_session_days": Sentence(
        N_("A sign-in lasts without use"), N_("Shorter where computers are shared.")
    ),
    "policy_people_reset_hours": Sentence(N_("A link for a new password works")),
    "policy_retention_deleted_days": Sentence(N_("Deleted things can be restored")),
    "policy_retention_draft_days": Sentence(N_("Drafts that nobody submits")),
    "policy_retention_gcode_days": Sentence(N_("Sliced files of ended runs")),
    "policy_retention_picture_days": Sentence(N_("Camera pictures")),
    "unit_days": Sentence(N_("days")),
    "unit_hours": Sentence(N_("hours")),
    "unit_day": Sentence(N_("day")),
    "unit_hour": Sentence(N_("hour")),
    "unit_minutes": Sentence(N_("minutes")),
    "unit_g": Sentence(N_("g")),
    "unit_MB": Sentence(N_("MB")),
    "unit_%": Sentence(N_("%%")),
    "setting_unfit": Sentence(N_("This value cannot be used.")),
    "setting_unknown": Sentence(N_("There is no setting called %(name)s that a page decides.")),
    "setting_locked": Sentence(
        N_("It is set in %(place)s, which wins over this page."), N_("Change it there, or take it out there first.")
    ),
    "setting_choice": Sentence(N_("Choose one of the list.")),
    "setting_least": Sentence(N_("Write %(least)s or more.")),
    "setting_most": Sentence(N_("Write %(most)s or less.")),
    "setting_longest": Sentence(N_("Write at most %(longest)s characters.")),
    "setting_one_line": Sentence(N_("Write one line of plain characters.")),
    "setting_empty": Sentence(N_("Please fill this in.")),
    "setting_int": Sentence(N_("Write a whole number.")),
    "setting_float": Sentence(N_("Write a number.")),
    "setting_str": Sentence(N_("Write a text.")),
    "setting_bool": Sentence(N_("Choose yes or no.")),
    "setting_time_zone": Sentence(N_("There is no such time zone."), N_("Choose one of the list.")),
    "setting_currency": Sentence(N_("There is no such currency."), N_("Choose one of the list.")),
    "setting_address": Sentence(N_("The address must begin with http:// or https:// and name a host.")),
    "setting_amount": Sentence(N_("Write an amount such as -20.00, or nothing.")),
    "setting_colours_shape": Sentence(
        N_("“%(entry)s” cannot be read. Write such as red = cut, with a comma between them.")
    ),
    "setting_colour_unknown": Sentence(
        N_("“%(colour)s” is no colour. Write a name of CSS such as red, or such as #ff0000.")
    ),
    "setting_operation_unknown": Sentence(
        N_("“%(operation)s” is nothing that a laser does. Write cut, score, engrave or ignored.")
    ),
    "setting_colour_twice": Sentence(N_("The colour %(colour)s is named twice.")),
    "setting_colours_many": Sentence(N_("Name at most %(most)s colours.")),
    "setting_colours_none": Sentence(N_("Nothing would ever be burnt. Write such as red = cut.")),
    "opening_hours_shape": Sentence(
        N_("Write hours such as 9:00-17:00, several with a comma between them: 9:00-12:00, 14:00-20:00.")
    ),
    "opening_hours_order": Sentence(
        N_("Each time must end after it begins, and begin after the one before has ended.")
    ),
    "closed_days_shape": Sentence(
        N_("Write days such as 2026-12-24, or 2026-12-24 to 2027-01-06, with a comma between them.")
    ),
    "closed_days_order": Sentence(N_("The last day of a stretch must not come before its first.")),
    "event_site_change_policy": Sentence(N_("%(actor)s changed “%(setting)s”")),
    "event_site_change_hours": Sentence(N_("%(actor)s changed the opening hours")),
}
