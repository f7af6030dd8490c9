"""Argon2id with the memory-lean parameters that OWASP lists (19 MiB, 2 passes, 1 lane): small machines sign people in quickly."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class LeanArgon2PasswordHasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
