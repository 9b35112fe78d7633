"""Why a toolpath for a laser cannot be planned, and what could not be done in one as wished."""

from fabqueue.wording.catalogue import N_, Sentence

_AGAIN = N_("It is not sent. Plan it again; if it stays so, tell whoever looks after this server.")

SENTENCES = {
    "laser_card_steps": Sentence(N_("A test card has 1 to %(most)s steps each way.")),
    "card_for_technicians": Sentence(N_("Only technicians ask for a test card.")),
    "card_once": Sentence(N_("A test card is burnt once. Ask for it again when you need another.")),
    "card_stays": Sentence(N_("A test card stays as it was asked for. Cancel it, then make another.")),
    "laser_check_failed": Sentence(
        N_("The file that was planned does not pass its own check: %(problem)s"),
        N_("Nothing was sent to a laser. Tell whoever looks after FabQueue, with the drawing."),
    ),
    "model_no_laser": Sentence(N_("%(machine)s has no laser's profile.")),
    "burning_out_of_bounds": Sentence(N_("Write a number between %(least)s and %(most)s.")),
    "burning_operation_unknown": Sentence(N_("No laser knows what %(operation)s is.")),
    "burning_as_profile": Sentence(N_("%(material)s is burnt as the profile says already.")),
    "run_burning_changed": Sentence(N_("How the material is burnt was changed; its file is made anew.")),
    "event_run_replan": Sentence(N_("Planned anew, because how the material is burnt was changed")),
    "event_site_change_burning": Sentence(N_("%(actor)s changed how %(name)s burns %(material)s")),
    "event_site_reset_burning": Sentence(
        N_("%(actor)s set back how %(name)s burns %(material)s to the profile")
    ),
    "operation_cut": Sentence(N_("Cut")),
    "operation_score": Sentence(N_("Score")),
    "operation_engrave": Sentence(N_("Engrave")),
    "laser_nothing_to_burn": Sentence(
        N_("Nothing in the drawing is to be cut, scored or engraved."),
        advice=N_("Look at its colours: one that the laser does not know is never burnt."),
    ),
    "laser_sheet_too_small": Sentence(
        N_("It measures %(width_mm)s × %(height_mm)s; between the margins there are "
           "%(room_width_mm)s × %(room_height_mm)s."),
        advice=N_("Choose a larger sheet or laser, or make the drawing smaller."),
    ),
    "laser_copies_too_many": Sentence(
        N_("%(fit)s of %(copies)s copies fit on one sheet."), advice=N_("Make them in several runs, or on a larger sheet.")
    ),
    "laser_setting_missing_cut": Sentence(
        N_("Nobody has said how this laser cuts this material."),
        advice=N_("Choose another material, or ask a technician to burn a test card and enter power and speed."),
    ),
    "laser_setting_missing_score": Sentence(
        N_("Nobody has said how this laser scores this material."),
        advice=N_("Choose another material, or ask a technician to burn a test card and enter power and speed."),
    ),
    "laser_setting_missing_engrave": Sentence(
        N_("Nobody has said how this laser engraves this material."),
        advice=N_("Choose another material, or ask a technician to burn a test card and enter power and speed."),
    ),
    "laser_power_out_of_range": Sentence(
        N_("A power is not between 0 and 100 percent."), advice=N_("Correct it among the settings of the material.")
    ),
    "laser_speed_out_of_range": Sentence(
        N_("A speed is higher than this laser reaches, or nothing."),
        advice=N_("Correct it among the settings of the material."),
    ),
    "laser_engraving_too_fine": Sentence(
        N_("The rows of the engraving lie so close (%(interval_mm)s) that they would be too many."),
        advice=N_("Set a larger interval, or engrave less."),
    ),
    "laser_nested_too_deep": Sentence(
        N_("Too many outlines lie inside one another to put them into an order."),
        advice=N_("Engrave them as an area, or simplify the drawing."),
    ),
    "laser_kerf_open": Sentence(
        N_("An open line is cut as drawn: it has no side to which the width of the beam could be added."),
        plural=N_("%(count)s open lines are cut as drawn: they have no side to which the width of the beam could be added."),
        count="count",
        advice=N_("Close it in your program when it is the outline of a part or a hole."),
    ),
    "laser_kerf_crossing": Sentence(
        N_("An outline crosses or touches another one or itself, so it is cut as drawn, without the width of the beam."),
        plural=N_("%(count)s outlines cross or touch others or themselves, so they are cut as drawn, without the width of "
                  "the beam."),
        count="count",
        advice=N_("Remove doubles, and unite shapes that overlap."),
    ),
    "laser_kerf_narrow": Sentence(
        N_("An outline has details narrower than the beam, or lies too close to another one, so it is cut as drawn."),
        plural=N_("%(count)s outlines have details narrower than the beam, or lie too close to others, so they are cut as "
                  "drawn."),
        count="count",
        advice=N_("Make gaps and slits wider than the beam, or cut without kerf."),
    ),
    "laser_bridges_too_long": Sentence(
        N_("One part is too small for its bridges and gets none."),
        plural=N_("%(count)s parts are too small for their bridges and get none."),
        count="count",
        advice=N_("Ask for fewer or shorter bridges when they must not fall."),
    ),
    "laser_bridges_fewer": Sentence(
        N_("One part has no room for all its bridges and gets fewer."),
        plural=N_("%(count)s parts have no room for all their bridges and get fewer."),
        count="count",
        advice=N_("Look whether they hold it; ask for shorter bridges when it must not tip."),
    ),
    "laser_image_coarser": Sentence(
        N_("The picture is engraved with pixels of %(pixel_mm)s: finer ones would be more than a laser is sent."),
        plural=N_("%(count)s pictures are engraved with larger pixels, up to %(pixel_mm)s: finer ones would be more than a "
                  "laser is sent."),
        count="count",
        advice=N_("Place it smaller where finer detail is wanted."),
    ),
    "laser_image_squares": Sentence(
        N_("The picture has only %(dpi)s dots to the inch: its pixels are seen as squares, since the rows of this material "
           "lie %(interval_mm)s apart."),
        plural=N_("%(count)s pictures have few dots to the inch, one only %(dpi)s: their pixels are seen as squares, since "
                  "the rows of this material lie %(interval_mm)s apart."),
        count="count",
        advice=N_("Place it smaller, or use a picture with %(needed_dpi)s dots to the inch."),
    ),
    "laser_file_too_long": Sentence(
        N_("The toolpath would have %(lines)s lines; at most %(most)s are sent to a laser."),
        advice=N_("Make fewer copies at a time, engrave less, or simplify the drawing."),
    ),
    "laser_file_too_large": Sentence(
        N_("The file has %(size_bytes)s; at most %(most_bytes)s are sent to a laser."), advice=_AGAIN
    ),
    "laser_line_too_long": Sentence(N_("Line %(line)s of the laser's file is too long."), advice=_AGAIN),
    "laser_line_unreadable": Sentence(N_("Line %(line)s of the laser's file cannot be read."), advice=_AGAIN),
    "laser_unknown_command": Sentence(
        N_("Line %(line)s of the laser's file holds %(command)s, which is not allowed there."), advice=_AGAIN
    ),
    "laser_inches": Sentence(N_("Line %(line)s of the laser's file switches to inches."), advice=_AGAIN),
    "laser_relative": Sentence(N_("Line %(line)s of the laser's file switches to relative moves."), advice=_AGAIN),
    "laser_constant_power": Sentence(
        N_("Line %(line)s of the laser's file lets the beam burn while the head stands still (M3)."), advice=_AGAIN
    ),
    "laser_m30": Sentence(
        N_("Line %(line)s of the laser's file ends it with M30, which deletes files on other machines."), advice=_AGAIN
    ),
    "laser_burns_standing": Sentence(
        N_("Line %(line)s of the laser's file sets a power without moving."), advice=_AGAIN
    ),
    "laser_power_too_high": Sentence(
        N_("Line %(line)s of the laser's file asks for a power of %(power)s; the laser takes 0 to %(highest)s."),
        advice=_AGAIN,
    ),
    "laser_modes_missing": Sentence(
        N_("Line %(line)s of the laser's file moves before it says in which unit and mode."), advice=_AGAIN
    ),
    "laser_outside_bed": Sentence(N_("Line %(line)s of the laser's file leaves the bed."), advice=_AGAIN),
    "laser_on_in_rapid": Sentence(
        N_("Line %(line)s of the laser's file travels with the beam on."), advice=_AGAIN
    ),
    "laser_feed_wrong": Sentence(
        N_("Line %(line)s of the laser's file burns without a speed, or faster than the laser moves."), advice=_AGAIN
    ),
    "laser_goes_on_after_end": Sentence(
        N_("Line %(line)s of the laser's file comes after its end."), advice=_AGAIN
    ),
    "laser_on_at_end": Sentence(N_("The laser's file leaves the beam on at its end."), advice=_AGAIN),
    "laser_nothing_burnt": Sentence(N_("The laser's file burns nothing."), advice=_AGAIN),
}  # fmt: skip
