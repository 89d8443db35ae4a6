"""
`oots`, but what a killed gateway had in hand is anybody's after seconds, not after half a minute or a whole one.

Run as `python -m tests.endurance.short_leases serve gateway …`.
"""

from datetime import timedelta

from gateway import housekeeping, inbox, outbox

LEASE = timedelta(seconds=3)
RENEW_SECONDS = 0.5


def main() -> None:
    """Shorten them, and be the command line."""
    for module in (inbox, outbox):
        assert isinstance(module.LEASE, timedelta)
        module.LEASE = LEASE  # type: ignore[misc]
    assert isinstance(housekeeping.RENEW_SECONDS, float)
    housekeeping.RENEW_SECONDS = RENEW_SECONDS  # type: ignore[misc]

    from oots.cli import app

    app()


if __name__ == "__main__":
    main()
