"""A lab to look at and to test with: real OctoPrint servers with their own virtual printers."""
