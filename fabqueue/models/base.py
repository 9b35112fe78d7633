"""What the table families share: id columns, enum columns, timestamps."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import Enum, ForeignKey, String
from sqlalchemy.orm import mapped_column

from fabqueue.db import ID_LENGTH, Base, new_id, now

__all__ = ["Base", "Created", "Id", "Sha256", "choice", "link", "optional_link"]

Id = Annotated[str, mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)]
"""A random opaque primary key, the one that addresses and the API show."""

Created = Annotated[datetime, mapped_column(default=now)]
Sha256 = Annotated[str, mapped_column(String(64))]


def choice(kind: type[StrEnum], **options: Any) -> Any:
    """A column that holds one value of `kind`, stored as its text and checked by the database."""
    column = Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=True,
        name=kind.__name__.lower(),
        values_callable=lambda members: [each.value for each in members],
    )
    return mapped_column(column, **options)


def link(target: str, *, index: bool = True, **options: Any) -> Any:
    """A required foreign key to `target` (`table.column`)."""
    return mapped_column(ForeignKey(target), index=index, **options)


def optional_link(target: str, *, index: bool = False, **options: Any) -> Any:
    """A foreign key that may be empty."""
    return mapped_column(ForeignKey(target), index=index, nullable=True, **options)
