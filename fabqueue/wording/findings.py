"""What the analysis says about files and meshes; drawings, toolpaths and estimates have modules of their own."""

from fabqueue.wording.catalogue import N_, Sentence

_FILES = {
    "file_needs_mesh": Sentence(
        N_("%(format)s files cannot be read here."),
        advice=N_("Export the part as STL or 3MF, in millimetres, and upload that."),
    ),
    "file_needs_svg": Sentence(
        N_("%(format)s files cannot be read here."),
        advice=N_("Save the drawing as SVG, with texts turned into paths, and upload that. DXF works too."),
    ),
    "file_needs_dxf": Sentence(
        N_("%(format)s files cannot be read here."),
        advice=N_("Save the drawing as DXF or SVG and upload that."),
    ),
    "file_needs_text_gcode": Sentence(
        N_("%(format)s files cannot be read here."),
        advice=N_(
            "Switch binary G-code off in your slicer and export plain G-code. Better still, upload the STL or 3MF."
        ),
    ),
    "file_is_picture": Sentence(
        N_("This is a picture (%(format)s), not a design."),
        advice=N_(
            "For a 3D print upload STL or 3MF. For the laser put the picture into a drawing, as wide as it shall be, and save SVG."
        ),
    ),
    "file_is_archive": Sentence(
        N_("This is an archive (%(format)s)."),
        advice=N_("Unpack it and upload the designs in it. You can drop several files at once."),
    ),
    "file_format_unknown": Sentence(
        N_("%(format)s files cannot be read here."),
        advice=N_("Upload STL, 3MF or OBJ for a 3D print, SVG or DXF for the laser, or G-code."),
    ),
    "file_without_ending": Sentence(
        N_("The file's name has no ending, so its format is unknown."),
        advice=N_("Give it the ending of its format, for example bracket.stl, and upload it again."),
    ),
    "file_missing": Sentence(N_("There is no file of this name."), advice=N_("Check the name and the folder.")),
    "file_unreadable": Sentence(
        N_("The file cannot be opened."), advice=N_("Check that it is a file and that you may read it.")
    ),
    "file_empty": Sentence(
        N_("The file is empty."),
        advice=N_("Export it again and check that it is larger than 0 bytes before you upload it."),
    ),
    "file_too_big": Sentence(
        N_("The file has %(size_bytes)s. At most %(limit_bytes)s can be read."),
        advice=N_("Export it with a coarser resolution, or in parts."),
    ),
    "file_truncated": Sentence(
        N_("The file ends in the middle."),
        advice=N_("The export or the upload was cut off. Export it again and upload the new file."),
    ),
    "file_not_stl": Sentence(
        N_("The name says STL, but the content is something else."),
        advice=N_("Export the part as STL from your program. Renaming a file does not convert it."),
    ),
    "file_not_obj": Sentence(
        N_("The name says OBJ, but the content is something else."),
        advice=N_("Export the part as OBJ or STL from your program. Renaming a file does not convert it."),
    ),
    "file_not_3mf": Sentence(
        N_("The name says 3MF, but no 3D model could be found inside."),
        advice=N_("Export the part as 3MF or STL from your program and upload that."),
    ),
    "file_encrypted": Sentence(
        N_("The file is protected by a password."),
        advice=N_("Export it without a password and upload it again."),
    ),
    "file_zip_bomb": Sentence(
        N_("Unpacked, the file is far larger than a part can be."),
        advice=N_("Export the part again as 3MF or STL from your program."),
    ),
    "file_component_bomb": Sentence(
        N_("The file repeats its parts so often that nothing could make it."),
        advice=N_("Export one copy of the part. You choose the number of pieces when you ask for them."),
    ),
    "file_3mf_object_missing": Sentence(
        N_("The 3MF file refers to a part that is not in it."),
        advice=N_("Export it again, or export STL instead."),
    ),
    "file_3mf_attribute": Sentence(
        N_("The 3MF file is damaged: an element %(element)s lacks a number or has a wrong one."),
        advice=N_("Export it again, or export STL instead."),
    ),
    "file_bad_xml": Sentence(
        N_("The 3MF file is damaged at line %(line)s of its model."),
        advice=N_("Export it again, or export STL instead."),
    ),
    "file_xml_doctype": Sentence(
        N_("The 3MF file holds a document type, which no 3MF may have."),
        advice=N_("Export it again from your program, or export STL instead."),
    ),
    "file_xml_too_deep": Sentence(
        N_("The 3MF file is nested more deeply than any program writes it."),
        advice=N_("Export it again from your program, or export STL instead."),
    ),
    "file_obj_index": Sentence(
        N_("The OBJ file has faces with corners that do not exist."),
        advice=N_("Export it again, or export STL instead."),
    ),
    "file_too_many_lines": Sentence(
        N_("The file has %(count)s lines. At most %(limit)s can be read."),
        advice=N_("Export it with a coarser resolution, or as binary STL."),
    ),
    "file_bad_number": Sentence(
        N_("Some coordinates in the file are not numbers."),
        advice=N_("Export it again, as binary STL if you can choose."),
    ),
    "file_unit_unknown": Sentence(
        N_("The unit “%(given)s” is not known here."),
        advice=N_("Use mm, cm, m or in."),
    ),
    "file_stl_count_wrong": Sentence(
        N_("The file announces %(announced)s triangles and holds %(count)s."),
        advice=N_(
            "All that are there were read. Compare the picture with your part; if something is missing, export again."
        ),
    ),
    "file_has_settings": Sentence(
        N_("The file brings slicer settings of its own."),
        advice=N_("They are left aside. The workshop slices with the settings you choose here."),
    ),
}

_MESHES = {
    "mesh_nothing_inside": Sentence(
        N_("The file holds no surface at all."),
        advice=N_("Select the body before you export it, then upload the new file."),
    ),
    "mesh_too_many_triangles": Sentence(
        N_("The part has %(count)s triangles. At most %(limit)s can be read."),
        advice=N_("Reduce them in your program (decimate, or a coarser export). A printer cannot show finer detail."),
    ),
    "mesh_too_many_corners": Sentence(
        N_("The part has more than %(limit)s corners."),
        advice=N_("Reduce them in your program (decimate, or a coarser export). A printer cannot show finer detail."),
    ),
    "mesh_not_finite": Sentence(
        N_("%(count)s triangle has no place in space: its coordinates are not finite"),
        plural=N_("%(count)s triangles have no place in space: their coordinates are not finite"),
        count="count",
        advice=N_(
            "They were left out of this report, and a slicer would fail over them. Repair the part and export it again."
        ),
    ),
    "mesh_no_volume": Sentence(
        N_("The surface encloses no volume"),
        advice=N_(
            "A print needs a body with an inside. Give the surface a thickness in your program and upload it again."
        ),
    ),
    "mesh_too_large": Sentence(
        N_("The part is %(width_mm)s × %(depth_mm)s × %(height_mm)s, larger than any machine"),
        advice=N_("Check the unit of your export. If the size is right, cut the part into pieces."),
    ),
    "mesh_beyond_measure": Sentence(
        N_("Read as it is written, the part would be more than %(limit_mm)s long or lie as far away."),
        advice=N_("Check the unit of your export, repair the part if it holds stray corners, and upload it again."),
    ),
    "mesh_too_small": Sentence(
        N_("The part is %(width_mm)s × %(depth_mm)s × %(height_mm)s, too small to see"),
        advice=N_("Check the unit of your export. The part was read as it is written."),
    ),
    "mesh_unit_maybe_inches": Sentence(
        N_("The largest side is only %(largest_mm)s. Drawn in inches?"),
        advice=N_(
            "STL and OBJ files do not say their unit. In inches the largest side would be %(as_inches_mm)s. Say "
            "the unit when you upload, or export in millimetres."
        ),
    ),
    "mesh_unit_maybe_metres": Sentence(
        N_("The largest side is only %(largest_mm)s. Drawn in metres?"),
        advice=N_(
            "STL and OBJ files do not say their unit. In metres the largest side would be %(as_metres_mm)s. Say "
            "the unit when you upload, or export in millimetres."
        ),
    ),
    "mesh_unit_maybe_too_large": Sentence(
        N_("The largest side is %(largest_mm)s. Is the unit right?"),
        advice=N_(
            "If the part was enlarged by mistake it may be %(from_inches_mm)s or %(from_metres_mm)s long. Export "
            "it in millimetres and upload it again."
        ),
    ),
    "mesh_unit_plausible": Sentence(N_("Units look right"), advice=N_("Read as millimetres.")),
    "mesh_unit_stated": Sentence(N_("Units are stated"), advice=N_("Read as %(unit)s.")),
    "mesh_closed": Sentence(N_("Closed surface"), advice=N_("Inside and outside are clear to the slicer.")),
    "mesh_open_edges": Sentence(
        N_("A hole in the surface: %(count)s open edge"),
        plural=N_("Holes in the surface: %(count)s open edges"),
        count="count",
        advice=N_(
            "The slicer cannot tell inside from outside there and has to guess. Mend it in your program and "
            "upload again, or look closely at the result. Time and material are less certain."
        ),
    ),
    "mesh_crowded_edges": Sentence(
        N_("%(count)s edge is shared by more than two faces"),
        plural=N_("%(count)s edges are shared by more than two faces"),
        count="count",
        advice=N_(
            "Bodies touch or overlap there. Most slicers cope. Unite the bodies in your program if the print "
            "shows gaps."
        ),
    ),
    "mesh_flipped_faces": Sentence(
        N_("%(count)s edge joins faces that look opposite ways"),
        plural=N_("%(count)s edges join faces that look opposite ways"),
        count="count",
        advice=N_(
            "Some faces are turned inside out. Unify the normals in your program, or look closely at the result."
        ),
    ),
    "mesh_inside_out": Sentence(
        N_("The whole surface faces inwards"),
        advice=N_("It was turned around for this report, and slicers do the same. Nothing to do."),
    ),
    "mesh_faces_without_area": Sentence(
        N_("%(count)s triangle without area was left out"),
        plural=N_("%(count)s triangles without area were left out"),
        count="count",
        advice=N_("They change nothing."),
    ),
    "mesh_several_pieces": Sentence(
        N_("%(count)s piece in one file"),
        plural=N_("%(count)s separate pieces in one file"),
        count="count",
        advice=N_(
            "They are made together, placed as they lie in the file. Upload them one by one to choose material "
            "and number for each."
        ),
    ),
    "mesh_cavities": Sentence(
        N_("%(count)s closed hollow inside"),
        plural=N_("%(count)s closed hollows inside"),
        count="count",
        advice=N_("They stay empty. Supports inside them could not be taken out."),
    ),
    "mesh_thin_walls": Sentence(
        N_("Some walls are only %(wall_mm)s thick"),
        advice=N_(
            "About %(share_percent)s of the surface. A 0.4 mm nozzle lays such a wall as a single line or leaves "
            "it out. Make walls 0.8 mm or more."
        ),
    ),
    "mesh_walls_thick_enough": Sentence(N_("Walls are thick enough"), advice=N_("The thinnest are about %(wall_mm)s.")),
    "mesh_needs_supports": Sentence(
        N_("Needs supports as it stands"),
        advice=N_(
            "%(area_mm2)s hang over by more than 50 degrees. Turn the part if another side can lie on the bed, or "
            "choose supports."
        ),
    ),
    "mesh_stands_free": Sentence(N_("Stands without supports"), advice=N_("Steepest overhang %(angle_degrees)s.")),
    "mesh_small_foot": Sentence(
        N_("It rests on %(area_mm2)s only"),
        advice=N_("It may come loose while printing. Turn a flat side down, or ask for a brim in your note."),
    ),
    "mesh_flat_foot": Sentence(N_("Rests on a flat side"), advice=N_("%(area_mm2)s lie on the bed.")),
}

_ANALYSIS = {
    "analysis_cut_short": Sentence(
        N_("The part is so intricate that the analysis was stopped before its end"),
        advice=N_(
            "Size and findings are complete. Estimate, picture or preview may be missing. A coarser export helps."
        ),
    ),
    "analysis_too_long": Sentence(
        N_("The file is so intricate that reading it took too long."),
        advice=N_("Export it with a coarser resolution, or in parts, and upload it again."),
    ),
    "analysis_too_much_memory": Sentence(
        N_("The file is so intricate that reading it took too much memory."),
        advice=N_("Export it with a coarser resolution, or in parts, and upload it again."),
    ),
    "analysis_too_much_output": Sentence(
        N_("Reading the file produced far more than a design can hold."),
        advice=N_("Export it again from your program and upload the new file."),
    ),
    "analysis_crashed": Sentence(
        N_("The file could not be read: the reader broke down over it."),
        advice=N_("Export it again, in another format if you can (STL, 3MF), and upload that."),
    ),
    "analysis_failed": Sentence(
        N_("The file could not be read."),
        advice=N_(
            "Export it again, in another format if you can (STL, 3MF), and upload that. If it fails again, show "
            "it to a technician."
        ),
    ),
}

_FITTING = {
    "fit_too_wide": Sentence(
        N_("Too wide by %(over_mm)s"),
        advice=N_("It measures %(width_mm)s × %(depth_mm)s on the bed. Turn it, scale it or cut it into pieces."),
    ),
    "fit_too_tall": Sentence(
        N_("Too tall by %(over_mm)s"),
        advice=N_("The machine takes %(limit_mm)s. Lay it on its side, scale it or cut it into pieces."),
    ),
    "estimate_out_of_reach": Sentence(
        N_("Time and material could not be worked out"),
        advice=N_("The part is too intricate or too large for an estimate. A technician can slice it."),
    ),
    "estimate_bad_settings": Sentence(
        N_("The machine's slicer settings cannot be read"),
        advice=N_("Tell a technician: the profile of this machine needs attention."),
    ),
    "estimate_not_for_drawings": Sentence(
        N_("This machine prints, and the file is a drawing"), advice=N_("Choose a laser cutter.")
    ),
}

SENTENCES: dict[str, Sentence] = {**_FILES, **_MESHES, **_ANALYSIS, **_FITTING}
