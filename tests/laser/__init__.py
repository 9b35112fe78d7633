"""Driving lasers: planning, checking, and a simulated controller that carries it out."""
