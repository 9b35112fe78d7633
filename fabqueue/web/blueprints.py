"""Every blueprint of the pages."""

from flask import Blueprint

ALL: tuple[Blueprint, ...] = ()
