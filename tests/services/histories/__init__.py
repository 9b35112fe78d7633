"""Histories of a lab, searched for one that leaves something untrue: what may happen, by room, and what is true."""
