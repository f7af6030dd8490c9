"""How often a caller may call: counted in Redis, atomically, over all web processes.

GCRA, the leaky bucket that needs one number for each caller: the instant at which a bucket that leaks evenly will be empty again. A whole
period's calls may come at once, and what was used comes back evenly. Throttles of DRF read and write in two steps, so that calls at the
same instant pass uncounted, and a fixed window lets through twice its limit at its border.

Redis is a hint: where it is away or was emptied, calls go through. What must not be guessed (signing in) is counted by allauth, which
refuses when it cannot count.
"""

from __future__ import annotations

import ipaddress
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from anneal.common.errors import AnnealError
from anneal.common.texts import texts_register

log = structlog.get_logger(__name__)
_PATIENCE_S = 0.25
# So that a Redis that answers nothing costs one call in five seconds its patience, and not every call.
_AWAY_S = 5.0
_PERIODS: Final = {"s": 1, "m": 60, "h": 3600}
_RATE: Final = re.compile(r"([1-9]\d{0,8})/([smh])")
# All of the limits are looked at before any is counted. Answers which one is used up (from 1) and for how many microseconds.
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local empty_at = {}
for i, key in ipairs(KEYS) do
  local spacing, slack = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local at = math.max(tonumber(redis.call('GET', key) or '0') or 0, now)
  if at - now > slack then
    return {i, at - now - slack}
  end
  empty_at[i] = at + spacing
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', empty_at[i]), 'PX', math.ceil((empty_at[i] - now) / 1000))
end
return {0, 0}
"""


@dataclass(frozen=True)
class Rate:
    """So many calls in so many seconds."""

    count: int
    period_s: int

    @classmethod
    def parse(cls, words: str) -> Rate | None:
        """`600/m`; None for `off`. Raises ValueError."""
        if words == "off":
            return None
        found = _RATE.fullmatch(words)
        if found is None:
            raise ValueError("this is no number of calls per second, minute or hour such as 600/m, nor off")
        return cls(int(found[1]), _PERIODS[found[2]])

    @property
    def spacing_us(self) -> float:
        return self.period_s * 1e6 / self.count

    @property
    def slack_us(self) -> float:
        return self.period_s * 1e6 - self.spacing_us


class RateCounter:
    """Counts in one Redis. Safe for threads."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(
            url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S, retry=Retry(NoBackoff(), 1)
        )
        self._take: Any = client.register_script(_TAKE)
        self._away_until = 0.0

    def take(self, limits: Mapping[str, Rate], callers: Mapping[str, str]) -> None:
        """Count one call of each of the `callers` (kind of limit -> who), all or none. Raises AnnealError (429, with Retry-After)."""
        kinds = [kind for kind in callers if kind in limits]
        if not kinds or time.monotonic() < self._away_until:
            return
        rates = [limits[kind] for kind in kinds]
        try:
            used_up, wait_us = self._take(
                keys=[f"anneal:rate:{kind}:{callers[kind]}" for kind in kinds],
                args=[figure for rate in rates for figure in (rate.spacing_us, rate.slack_us)],
            )
        except redis.RedisError as error:
            self._away_until = time.monotonic() + _AWAY_S
            log.warning("rate_limits.not_counted", error=str(error))
            return
        if used_up:
            raise _refusal(kinds[used_up - 1], rates[used_up - 1], max(1, math.ceil(wait_us / 1e6)))


def _refusal(kind: str, rate: Rate, seconds: int) -> AnnealError:
    return AnnealError(
        f"rate_limit.{kind}",
        status=429,
        headers={"Retry-After": str(seconds)},
        params={"limit": rate.count, "period": rate.period_s, "seconds": seconds},
    )


@cache
def rate_counter(url: str) -> RateCounter:
    """This process's counter in the Redis at `url`."""
    return RateCounter(url)


def address_group(address: str) -> str:
    """Whom an address stands for: one customer of a provider has all 2^64 addresses of a network of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False).network_address)


texts_register(
    {
        "rate_limit.address": (
            "More than {limit} calls in {period} seconds came from your address. Try again in {seconds} seconds.",
            "来自您的网络地址的请求在 {period} 秒内超过 {limit} 次，请在 {seconds} 秒后重试。",
        ),
        "rate_limit.caller": (
            "You, or this API key, made more than {limit} calls in {period} seconds. Try again in {seconds} seconds.",
            "您或此 API 密钥在 {period} 秒内的请求超过 {limit} 次，请在 {seconds} 秒后重试。",
        ),
        "rate_limit.tenant": (
            "Your organisation made more than {limit} calls in {period} seconds. Try again in {seconds} seconds.",
            "您的组织在 {period} 秒内的请求超过 {limit} 次，请在 {seconds} 秒后重试。",
        ),
        "rate_limit.refused": (
            (
                "More than {limit} calls with API keys that are not valid came from your address in {period} seconds. "
                "Check the key, then try again in {seconds} seconds."
            ),
            "来自您的网络地址的请求在 {period} 秒内超过 {limit} 次使用无效的 API 密钥。请检查密钥，并在 {seconds} 秒后重试。",
        ),
    }
)
