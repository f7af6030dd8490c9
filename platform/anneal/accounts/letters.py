"""Letters to people as such, of which nothing is kept: the message to the mail worker holds the letter, sealed.

So the database and Redis know neither a code nor who has an account.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Final, Self

from django.conf import settings
from django.utils import translation

from anneal.common.outbox import outbox_put
from anneal.common.sealing import BrokenSealError, seal, unseal

_PURPOSE: Final = "accounts.letter"
CODE: Final = "code"
KNOWN: Final = "known"


@dataclass(frozen=True)
class AccountLetter:
    """`code`: to whoever is to prove that an address is theirs. `known`: to whoever signs up with an address that has an account."""

    kind: str
    email: str
    code: str
    language: str
    asked_at: float

    @classmethod
    def opened(cls, sealed: str) -> Self:
        """Raises BrokenSealError."""
        try:
            return cls(**unseal(sealed, purpose=_PURPOSE))
        except TypeError as error:
            raise BrokenSealError(_PURPOSE) from error

    @property
    def is_stale(self) -> bool:
        """Whether its code is no longer taken."""
        return time.time() - self.asked_at > settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT


def letter_ask(*, kind: str, email: str, code: str = "") -> None:
    """Have a letter sent in the language of the request."""
    letter = AccountLetter(kind, email, code, translation.get_language() or "", time.time())
    outbox_put("mail.account", sealed=seal(asdict(letter), purpose=_PURPOSE))
