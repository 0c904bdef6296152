"""What the statistics refuse: values that are not data, and data that say too little."""

import math


class InvalidData(ValueError):
    """A value that no data can have: NaN, a negative count, a covariance larger than its variances allow."""


class NotEnoughData(Exception):
    """The data are in order and do not carry the answer yet; the text says why, for people."""


def require_finite(**values: float) -> None:
    """Raises InvalidData that names the first value which is NaN or infinite."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise InvalidData(f"{name.replace('_', ' ')} has to be a finite number, not {value}")


def require_share(**values: float) -> None:
    """Raises InvalidData that names the first value which does not lie strictly between 0 and 1."""
    for name, value in values.items():
        if not 0 < value < 1:
            raise InvalidData(f"{name.replace('_', ' ')} has to lie between 0 and 1, not {value}")


def require_positive(**values: float) -> None:
    """Raises InvalidData that names the first value which is not finite or not above 0."""
    require_finite(**values)
    for name, value in values.items():
        if value <= 0:
            raise InvalidData(f"{name.replace('_', ' ')} has to be above 0, not {value}")
