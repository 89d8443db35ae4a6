"""
How a service tells that it is well: `/health/live`, `/health/ready` and `/metrics`.  What to do about it: docs.
"""

from oots.health.figures import Figure
from oots.health.readiness import Check
from oots.health.vitals import Vitals

__all__ = ["Check", "Figure", "Vitals"]
