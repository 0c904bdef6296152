"""The kinds of refusal that every door knows how to answer; what exactly was refused stands beside the rule."""


class Refusal(Exception):
    """A request that was understood and not carried out; nothing was changed.

    `code` is stable and meant for programs, the message is one sentence for people that says what to do,
    `fields` maps an input field to its own sentences.
    """

    code = "refused"

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class Invalid(Refusal):
    """The input is not what the operation takes."""

    code = "invalid"


class Unauthenticated(Refusal):
    """The caller did not prove who they are."""

    code = "unauthenticated"


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(Refusal):
    """The thing that was named does not exist."""

    code = "not_found"


class Conflict(Refusal):
    """The state of things does not allow this now."""

    code = "conflict"


class Impossible(Refusal):
    """What is asked for does not follow from how the thing stands; the message says what does."""

    code = "impossible"


class Outdated(Refusal):
    """The caller edited a version that is no longer the newest."""

    code = "outdated"


class TooMany(Refusal):
    """The caller does this too often; `retry_after` is in how many seconds they may again."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
