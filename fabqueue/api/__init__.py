"""REST API v1."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Attach the API."""
