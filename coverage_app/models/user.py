"""People who sign in. Never deleted: what they did and were sent outlives their stay."""

from uuid import UUID

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from coverage_app.enums import Role
from coverage_app.extensions import Model
from coverage_app.models.base import Record


class User(UserMixin, Record, Model):
    """A colleague. ``sign_in_id`` is set on one loaded for a request: the sign-in that the cookie names.

    ``must_change_password``: somebody else gave them the password they have, so every page leads to the form that
    changes it. The API goes on: a token is no password.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'staff')", name="role"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(10), default=Role.STAFF)
    locale: Mapped[str] = mapped_column(String(5))
    timezone: Mapped[str] = mapped_column(String(64))
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)

    __allow_unmapped__ = True
    sign_in_id: UUID | None = None

    def get_id(self) -> str:
        """What the cookie holds: not the person but this one sign-in, which can be ended for good."""
        return str(self.sign_in_id)

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN
