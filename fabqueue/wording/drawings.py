"""What the analysis says about drawings for the laser."""

from fabqueue.wording.catalogue import N_, Sentence

_REFUSALS = {
    "drawing_too_large": Sentence(
        N_("The drawing is %(size_bytes)s; %(limit_bytes)s can be read."),
        advice=N_("Take out pictures and hidden layers, or simplify its paths, and export it again."),
    ),
    "drawing_too_deep": Sentence(
        N_("The groups of the drawing are nested more than %(limit)s deep."),
        advice=N_("Ungroup everything in your program and export it again."),
    ),
    "drawing_too_complex": Sentence(
        N_("The drawing has more than %(limit)s parts; no laser follows so many."),
        advice=N_("Simplify its paths, or engrave it as an area. Traced photographs are the usual cause."),
    ),
    "drawing_entities": Sentence(
        N_("The file defines its own abbreviations (XML entities), which is not safe to read."),
        advice=N_("Save it as plain SVG and upload that."),
    ),
    "drawing_broken_xml": Sentence(
        N_("The file is damaged near line %(line)s, so it is not SVG."),
        advice=N_("Open it in your drawing program, save it as plain SVG and upload that."),
    ),
    "drawing_not_svg": Sentence(
        N_("The file is called SVG and holds something else."), advice=N_("Save the drawing as plain SVG.")
    ),
    "drawing_binary_dxf": Sentence(
        N_("This is a binary DXF, which cannot be read here."), advice=N_("Save it as DXF in ASCII form, or as SVG.")
    ),
    "drawing_not_dxf": Sentence(
        N_("The file is called DXF and has no drawing in it."), advice=N_("Export it again as DXF or SVG.")
    ),
    "drawing_broken_dxf": Sentence(
        N_("The DXF is damaged."), advice=N_("Export it again, as DXF of AutoCAD 2000 or newer, or as SVG.")
    ),
}

_SIZES = {
    "drawing_unit_missing": Sentence(
        N_("The file does not say what size it is. Read as it is, it measures %(width_mm)s × %(height_mm)s."),
        advice=N_("If that is wrong, choose the right unit here, or set the document to millimetres and upload again."),
    ),
    "drawing_unit_doubtful": Sentence(
        N_("It measures %(width_mm)s × %(height_mm)s, which is hardly meant."),
        advice=N_("Check the unit of the document, then upload it again."),
    ),
    "drawing_without_viewbox": Sentence(
        N_("The size is given, the view box is not; it was read at 96 pixels to the inch."),
        advice=N_("Compare the size with your program: %(width_mm)s × %(height_mm)s."),
    ),
    "drawing_outside_page": Sentence(
        N_("Lines reach %(over_mm)s beyond the page of %(page_width_mm)s × %(page_height_mm)s."),
        advice=N_("They are counted. Move them onto the page, or delete them if they are leftovers."),
    ),
    "drawing_nothing_visible": Sentence(
        N_("Nothing in the drawing is visible."),
        advice=N_("Give the lines a stroke colour, show hidden layers, turn texts into paths, and upload it again."),
    ),
}

_COLOURS = {
    "drawing_colours_unknown": Sentence(
        N_("%(length_mm)s in a colour that stands for nothing here: %(colours)s"),
        plural=N_("%(length_mm)s in %(count)s colours that stand for nothing here: %(colours)s"),
        count="count",
        advice=N_("These lines will be left out, unless you say what is to be done with them."),
    ),
    "drawing_paint_not_flat": Sentence(
        N_("Gradients, patterns or other paints without one colour will be left out."),
        advice=N_("Give the shapes one flat colour."),
    ),
    "drawing_nothing_to_do": Sentence(
        N_("No line has a colour that the laser acts on."),
        advice=N_("Say what the colours mean, or use those of this lab and upload it again."),
    ),
    "drawing_cut_filled": Sentence(
        N_("%(count)s shape is filled in the colour of cutting."),
        plural=N_("%(count)s shapes are filled in the colour of cutting."),
        count="count",
        advice=N_("Its outline will be cut. Remove the fill, or fill it black to have it engraved."),
    ),
}

_LINES = {
    "drawing_cut_open": Sentence(
        N_("%(count)s line to be cut is not closed, near %(x_mm)s, %(y_mm)s from the top left."),
        plural=N_("%(count)s lines to be cut are not closed, the first near %(x_mm)s, %(y_mm)s from the top left."),
        count="count",
        advice=N_("The piece will not come loose there. Join the ends of the line, unless a slit is what you want."),
    ),
    "drawing_lines_double": Sentence(
        N_("%(count)s line lies on another one, wholly or in part (%(length_mm)s)."),
        plural=N_("%(count)s lines lie on others, wholly or in part (%(length_mm)s)."),
        count="count",
        advice=N_("They would be burnt twice. Have them removed here, or delete the copies in your program."),
    ),
    "drawing_doubles_removed": Sentence(
        N_("%(count)s line that lay on another one is left out (%(length_mm)s)."),
        plural=N_("%(count)s lines that lay on others are left out (%(length_mm)s)."),
        count="count",
    ),
    "drawing_detail_narrow": Sentence(
        N_("At %(count)s place something is narrower than the gap that the laser burns (%(kerf_mm)s)."),
        plural=N_("At %(count)s places something is narrower than the gap that the laser burns (%(kerf_mm)s)."),
        count="count",
        advice=N_("Nothing is left there. Make it wider, or take one of the two lines out."),
    ),
    "drawing_parts_fall": Sentence(
        N_("%(count)s piece inside another one drops out; it is %(width_mm)s × %(height_mm)s."),
        plural=N_("%(count)s pieces inside others drop out; the smallest is %(width_mm)s × %(height_mm)s."),
        count="count",
        advice=N_(
            "Small ones may fall through the grid or tilt into the beam. Leave a bridge where a piece must stay."
        ),
    ),
    "drawing_strokes_wide": Sentence(
        N_("%(count)s line is drawn %(width_mm)s wide."),
        plural=N_("%(count)s lines are drawn wide, up to %(width_mm)s."),
        count="count",
        advice=N_(
            "The laser follows the middle of a line, however wide it is. Turn it into an outline if the width is meant."
        ),
    ),
    "drawing_lines_dashed": Sentence(
        N_("%(count)s line is drawn dashed."),
        plural=N_("%(count)s lines are drawn dashed."),
        count="count",
        advice=N_(
            "The laser follows it without gaps. Where gaps are meant, make every dash a line of its own (in Inkscape: "
            "Extensions, Modify Path, Convert to Dashes)."
        ),
    ),
    "drawing_nodes_many": Sentence(
        N_("The lines have %(count)s points, many of them hardly apart."),
        advice=N_("The laser would crawl. Simplify the paths (in Inkscape: Path, Simplify)."),
    ),
    "drawing_path_broken": Sentence(
        N_("%(count)s path is damaged and was read as far as possible."),
        plural=N_("%(count)s paths are damaged and were read as far as possible."),
        count="count",
        advice=N_("Compare the picture with your program before you send it."),
    ),
    "drawing_reference_loop": Sentence(
        N_("%(count)s copy refers to itself and was left out."),
        plural=N_("%(count)s copies refer to themselves and were left out."),
        count="count",
        advice=N_("Turn copies (clones, symbols) into paths of their own."),
    ),
}

_CONTENT = {
    "drawing_text": Sentence(
        N_("%(count)s text is not turned into paths."),
        plural=N_("%(count)s texts are not turned into paths."),
        count="count",
        advice=N_("The laser would leave it out. Turn texts into paths (in Inkscape: Path, Object to Path)."),
    ),
    "drawing_image_engraved": Sentence(
        N_("%(count)s picture made of pixels will be engraved row by row, the darker the deeper."),
        plural=N_("%(count)s pictures made of pixels will be engraved row by row, the darker the deeper."),
        count="count",
        advice=N_("Large ones take long. If it is not meant, leave pictures out under the layers by colour."),
    ),
    "drawing_image_hides": Sentence(
        N_(
            "In %(count)s place a picture lies over or under an area or another picture; only what is on top is engraved."
        ),
        plural=N_(
            "In %(count)s places pictures lie over or under areas or one another; only what is on top is engraved."
        ),
        count="count",
        advice=N_("If something is missing that way, put it on top in your program."),
    ),
    "drawing_image_clipped": Sentence(
        N_("%(count)s picture shows only a part of itself in the drawing; the whole of it would be engraved."),
        plural=N_(
            "%(count)s pictures show only parts of themselves in the drawing; the whole of them would be engraved."
        ),
        count="count",
        advice=N_("Crop the picture itself, without a clip or a mask, and upload the drawing again."),
    ),
    "drawing_image_linked": Sentence(
        N_("%(count)s picture is not in the file, only a link to it, and is left out."),
        plural=N_("%(count)s pictures are not in the file, only links to them, and are left out."),
        count="count",
        advice=N_("Embed it in your program (in Inkscape: right-click, Embed Image), then upload the drawing again."),
    ),
    "drawing_image_dxf": Sentence(
        N_("%(count)s picture is left out: a DXF holds no pictures, only the names of their files."),
        plural=N_("%(count)s pictures are left out: a DXF holds no pictures, only the names of their files."),
        count="count",
        advice=N_("Save the drawing as SVG with its pictures embedded to have them engraved."),
    ),
    "drawing_image_format": Sentence(
        N_("%(count)s picture is neither PNG nor JPEG and is left out."),
        plural=N_("%(count)s pictures are neither PNG nor JPEG and are left out."),
        count="count",
        advice=N_("Save the picture as PNG and put it into the drawing anew."),
    ),
    "drawing_image_broken": Sentence(
        N_("%(count)s picture is damaged and is left out."),
        plural=N_("%(count)s pictures are damaged and are left out."),
        count="count",
        advice=N_("Save the picture anew as PNG and put it into the drawing again."),
    ),
    "drawing_image_large": Sentence(
        N_("%(count)s picture has more than %(megapixels)s million pixels and is left out."),
        plural=N_("%(count)s pictures have more than %(megapixels)s million pixels each and are left out."),
        count="count",
        advice=N_("A laser burns some ten rows in a millimetre; a smaller picture looks the same."),
    ),
    "drawing_image_many": Sentence(
        N_("There are more pictures, or larger ones, than are read of one drawing; %(count)s is left out."),
        plural=N_("There are more pictures, or larger ones, than are read of one drawing; %(count)s are left out."),
        count="count",
        advice=N_("Make the pictures smaller, or put them into several drawings."),
    ),
    "drawing_image": Sentence(
        N_("%(count)s picture made of pixels will be left out."),
        plural=N_("%(count)s pictures made of pixels will be left out."),
        count="count",
        advice=N_("Trace the picture into paths, or ask a technician about engraving pictures."),
    ),
    "drawing_image_squares": Sentence(
        N_(
            "%(count)s picture has only %(dpi)s dots to the inch at its size: its pixels are seen as squares where rows lie "
            "%(interval_mm)s apart, as is usual."
        ),
        plural=N_(
            "%(count)s pictures have few dots to the inch at their size, one only %(dpi)s: their pixels are seen as "
            "squares where rows lie %(interval_mm)s apart, as is usual."
        ),
        count="count",
        advice=N_("Place it smaller, or use a picture with %(needed_dpi)s dots to the inch."),
    ),
    "drawing_image_coarse": Sentence(
        N_("%(count)s picture has only %(dpi)s dots to the inch at its size; %(least_dpi)s look good."),
        plural=N_(
            "%(count)s pictures have few dots to the inch at their size, one only %(dpi)s; %(least_dpi)s look good."
        ),
        count="count",
        advice=N_("Place it smaller, or use a larger picture."),
    ),
    "drawing_link_outside": Sentence(
        N_("%(count)s part of the drawing is in another file and was left out."),
        plural=N_("%(count)s parts of the drawing are in other files and were left out."),
        count="count",
        advice=N_("Embed what is linked, then upload it again."),
    ),
    "drawing_entities_skipped": Sentence(
        N_("%(count)s object of a kind that cannot be read was left out: %(kinds)s"),
        plural=N_("%(count)s objects of kinds that cannot be read were left out: %(kinds)s"),
        count="count",
        advice=N_("Explode them into lines and arcs in your program, if they are to be cut."),
    ),
}

_READINGS = {
    "reading_of_no_drawing": Sentence(N_("Only drawings have colours that mean something.")),
    "reading_under_way": Sentence(
        N_("The drawing is still being read."), advice=N_("Wait until it was read, then choose.")
    ),
    "reading_colour_unknown": Sentence(
        N_("The drawing has nothing in the colour %(colour)s."),
        advice=N_("Look at the page again: the file may be another one."),
    ),
    "reading_image_not_followed": Sentence(
        N_("A picture made of pixels has no lines to follow."), advice=N_("Choose engrave or ignored.")
    ),
    "reading_operation_unknown": Sentence(
        N_("“%(operation)s” is nothing that a laser does."), advice=N_("Choose cut, score, engrave or ignored.")
    ),
}

SENTENCES: dict[str, Sentence] = {**_REFUSALS, **_SIZES, **_COLOURS, **_LINES, **_CONTENT, **_READINGS}
