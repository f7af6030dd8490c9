"""Tables of people and of API keys."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now

from anneal.common.ids import uuid7
from anneal.common.models import TenantOwned
from anneal.common.texts import text


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user. The address is kept in lower case, as allauth looks it up."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, known by e-mail; belongs to tenants through memberships."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=150, blank=True)
    # What the page was last read in, and so what they are written to in; empty as long as nobody knows.
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email")
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def address_when_deleted(self) -> str:
        """What stands for the address once there is none: no two are alike, and nobody can sign up with it."""
        return f"deleted {self.id.hex}"

    @property
    def is_deleted(self) -> bool:
        """Whether its person deleted the account: the row is there for what refers to it."""
        return self.email == self.address_when_deleted

    @property
    def shown_email(self) -> str:
        """The address, or that the account was deleted, in the language of the request."""
        return text("account.deleted_person") if self.is_deleted else self.email


class ApiKey(TenantOwned):
    """A program's way in, bound to one tenant. Only the digest of the secret is kept."""

    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10)
    secret_sha256 = models.CharField(max_length=64)
    last4 = models.CharField(max_length=4)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
