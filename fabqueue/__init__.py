"""FabQueue: the queue that Fab Labs and makerspaces run their making on."""

__version__ = "0.1.0"
