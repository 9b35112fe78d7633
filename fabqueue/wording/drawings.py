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
    "drawing_too_many_colours": Sentence(
        N_("The drawing uses %(count)s colours; %(limit)s can be told apart."),
        advice=N_("Use one colour for each operation: red to cut, blue to score, black to engrave."),
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
        advice=N_("These lines will be left out. Use red to cut, blue to score, black to engrave."),
    ),
    "drawing_paint_not_flat": Sentence(
        N_("Gradients, patterns or other paints without one colour will be left out."),
        advice=N_("Give the shapes one flat colour."),
    ),
    "drawing_nothing_to_do": Sentence(
        N_("No line has a colour that the laser acts on."),
        advice=N_("Use red to cut, blue to score, black to engrave, and upload it again."),
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
        N_("%(count)s line lies exactly on another one (%(length_mm)s)."),
        plural=N_("%(count)s lines lie exactly on others (%(length_mm)s)."),
        count="count",
        advice=N_("They would be burnt twice. Delete the copies in your program."),
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
    "drawing_image": Sentence(
        N_("%(count)s picture made of pixels will be left out."),
        plural=N_("%(count)s pictures made of pixels will be left out."),
        count="count",
        advice=N_("Trace the picture into paths, or ask a technician about engraving pictures."),
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

SENTENCES: dict[str, Sentence] = {**_REFUSALS, **_SIZES, **_COLOURS, **_LINES, **_CONTENT}
