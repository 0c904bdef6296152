"""What the statistics refuse: values that are not data, and data that say too little."""

LARGEST = 1e120  # whose square floats still hold, with room for sums


class InvalidData(ValueError):
    """A value that no data can have: NaN, a negative count, a covariance larger than its variances allow."""


class NotEnoughData(Exception):
    """The data are in order and do not carry the answer yet; the text says why, for people."""


def require_finite(**values: float) -> None:
    """Raises InvalidData that names the first value which is NaN, infinite, or beyond 1e120."""
    for name, value in values.items():
        if not abs(value) <= LARGEST:
            raise InvalidData(f"{name.replace('_', ' ')} has to be a finite number up to {LARGEST:g}, not {value}")


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
