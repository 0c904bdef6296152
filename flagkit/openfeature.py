"""A provider for OpenFeature's Python SDK that evaluates by itself; needs the extra `flagkit[openfeature]`.

    api.set_provider(Provider(flagkit.Client("https://flags.example.com", "fp_server_…", "production")))

An experiment that is on no flag is answered as an object flag of its payloads, unless a flag has its key.

The provider owns its client from then on, and closes it when it is shut down. What is tracked becomes a metric event;
with `track_exposures=True`, each evaluation that an experiment or a split decided becomes an exposure.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEvent, ProviderEventDetails
from openfeature.exception import ErrorCode, ProviderFatalError, ProviderNotReadyError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType
from openfeature.provider import AbstractProvider, Metadata
from openfeature.track import TrackingEventDetails

from flagkit.client import Change, Client, Evaluation, Kind, State, Status
from flagkit.engine import Context, Reason
from flagkit.engine import ErrorCode as EngineError

Objects = Sequence[FlagValueType] | Mapping[str, FlagValueType]
_EVENTS = {
    State.READY: ProviderEvent.PROVIDER_READY,
    State.STALE: ProviderEvent.PROVIDER_STALE,
    State.REFUSED: ProviderEvent.PROVIDER_ERROR,
}


class Provider(AbstractProvider):
    """Answers from the client's memory; `timeout` seconds are waited for its first data."""

    def __init__(self, client: Client, *, timeout: float = 10.0, track_exposures: bool = False) -> None:
        super().__init__()
        self._client = client
        self._timeout = timeout
        self._exposes = track_exposures
        self._forget: list[Callable[[], None]] = []

    def get_metadata(self) -> Metadata:
        return Metadata(name="flagkit")

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Raises ProviderNotReadyError where there is no data in time, and ProviderFatalError where the key is refused.

        READY is told when there is data after all.
        """
        self._client.wait_ready(self._timeout)
        self._forget = [self._client.on_change(self._changed), self._client.on_status(self._moved)]
        if self._client.wait_ready(0):
            return
        status = self._client.status
        raised = ProviderFatalError if status.state is State.REFUSED else ProviderNotReadyError
        raise raised(status.trouble or "there is no configuration yet")

    def shutdown(self) -> None:
        for forget in self._forget:
            forget()
        self._client.close()

    def track(
        self,
        tracking_event_name: str,
        evaluation_context: EvaluationContext | None = None,
        tracking_event_details: TrackingEventDetails | None = None,
    ) -> None:
        """A metric event of who has the targeting key; without one it is counted as rejected."""
        subject, details = evaluation_context or EvaluationContext(), tracking_event_details or TrackingEventDetails()
        self._client.track(tracking_event_name, subject.targeting_key or "", details.value, details.attributes)

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        return self._resolve(flag_key, default_value, evaluation_context, Kind.BOOLEAN)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        return self._resolve(flag_key, default_value, evaluation_context, Kind.STRING)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        found = self._resolve(flag_key, default_value, evaluation_context, Kind.NUMBER)
        if not isinstance(found.value, float):
            return found
        if found.value.is_integer():
            found.value = int(found.value)
            return found
        message = f"flag {flag_key} has the value {found.value}, which is no whole number"
        return FlagResolutionDetails(
            default_value, ErrorCode.TYPE_MISMATCH, message, Reason.ERROR, flag_metadata=found.flag_metadata
        )

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        found = self._resolve(flag_key, default_value, evaluation_context, Kind.NUMBER)
        try:
            found.value = float(found.value)
        except OverflowError:
            message = f"flag {flag_key} has a value too large for a float"
            return FlagResolutionDetails(default_value, ErrorCode.TYPE_MISMATCH, message, Reason.ERROR)
        return found

    def resolve_object_details(
        self, flag_key: str, default_value: Objects, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[Objects]:
        return self._resolve(flag_key, default_value, evaluation_context, Kind.OBJECT)

    def _resolve(
        self, key: str, default: Any, context: EvaluationContext | None, kind: Kind
    ) -> FlagResolutionDetails[Any]:
        try:
            subject = None if context is None else Context(context.targeting_key, context.attributes)
        except (ValueError, AttributeError) as error:
            return FlagResolutionDetails(default, ErrorCode.INVALID_CONTEXT, str(error), Reason.ERROR)
        found = self._client.evaluate(key, subject, default, kind=kind, track=self._exposes)
        if found.error is EngineError.FLAG_NOT_FOUND:
            found = self._client.assigned(key, subject, default, kind=kind, track=self._exposes)
        return _details(found)

    def _changed(self, change: Change) -> None:
        """An audience may change the answer of any flag or experiment, so then all of them are named."""
        standing = self._client.flag_keys() | self._client.experiment_keys()
        changed = change.flags | change.experiments | (standing if change.audiences else frozenset())
        details = ProviderEventDetails(flags_changed=sorted(changed), metadata={"revision": change.revision})
        self.emit_provider_configuration_changed(details)

    def _moved(self, status: Status) -> None:
        event = _EVENTS.get(status.state)
        if event is not None:
            code = ErrorCode.GENERAL if event is ProviderEvent.PROVIDER_ERROR else None
            self.emit(event, ProviderEventDetails(message=status.trouble or None, error_code=code))


def _details(found: Evaluation) -> FlagResolutionDetails[Any]:
    given = {"revision": found.revision, "rule": found.rule, "experiment": found.experiment, "detail": found.detail}
    error = None if found.error is None else ErrorCode(str(found.error))
    return FlagResolutionDetails(
        found.value,
        error,
        found.detail if error else None,
        found.reason,
        found.variant,
        {name: value for name, value in given.items() if value is not None},
    )
