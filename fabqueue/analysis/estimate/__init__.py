"""Time and material of a 3D print, predicted from geometry and slicer settings alone."""
