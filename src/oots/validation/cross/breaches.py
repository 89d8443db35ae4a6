"""How the checks of this package say what they found: findings of layer CROSS, at the severity that a check chooses."""

from oots.validation.findings import Finding, Layer, Severity


def fatal(rule: str, message: str, location: str = "") -> Finding:
    """Say that a request may not be answered, or an answer not be used."""
    return breach(rule, Severity.FATAL, message, location)


def warning(rule: str, message: str, location: str = "") -> Finding:
    """Say that something is wrong which leaves the message as usable as before."""
    return breach(rule, Severity.WARNING, message, location)


def breach(rule: str, severity: Severity, message: str, location: str = "") -> Finding:
    """Say what is wrong; `message` and `location` hold no value from a document."""
    return Finding(rule=rule, severity=severity, layer=Layer.CROSS, location=location, message=message)
