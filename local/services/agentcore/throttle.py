"""The request rate that the service allows an operation, measured on the endpoint's clock."""

from threading import Lock

from local.runtime.clock import Clock


class Throttle:
    """A token bucket for each key: a burst of one second's requests, refilled evenly."""

    def __init__(self, clock: Clock, rate: int) -> None:
        self._clock = clock
        self._rate = rate
        self._lock = Lock()
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def admit(self, *key: str) -> bool:
        """Take one token of the key's bucket; False when it is empty."""
        now = self._clock.now()
        with self._lock:
            tokens, since = self._buckets.get(key, (float(self._rate), now))
            tokens = min(float(self._rate), tokens + (now - since) * self._rate)
            allowed = tokens >= 1
            self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        return allowed
