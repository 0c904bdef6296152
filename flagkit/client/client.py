"""A client of one environment: it follows in the background, and answers from memory whatever happens outside."""

import asyncio
import logging
import os
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flagkit.client import disk_copy as copies
from flagkit.client import overriding
from flagkit.client.assignments import Assignment, assignments
from flagkit.client.configuration import FLAG, BadConfiguration, Configuration, of_documents
from flagkit.client.evaluation import ClientError, Evaluation, Kind, answer, failed, overridden
from flagkit.client.events.sending import Sender
from flagkit.client.events.tracker import Tracker
from flagkit.client.following import Follower
from flagkit.client.held import Change, Held
from flagkit.client.options import Options
from flagkit.client.status import Source, Status
from flagkit.client.subject import Subject, context_of
from flagkit.client.transport import Transport
from flagkit.engine import Context, ErrorCode, Reason, Ruleset

logger = logging.getLogger("flagkit")

JSON = dict[str, Any] | list[Any]


class Client:
    """Holds the configuration of the environment that a server key is for, and evaluates by itself.

        client = flagkit.Client("https://flags.example.com", "fp_server_…", "production")
        client.wait_ready(5)
        if client.boolean("new-checkout", {"targeting_key": "alice", "plan": "pro"}, default=False): …

    It never raises while answering: without data, for unknown flags and for values of another type it gives the default
    and says why. Make one per process and environment, and close it at the end. After a fork it follows on by itself.
    """

    def __init__(
        self,
        url: str,
        key: str,
        environment: str,
        *,
        project: str = "",
        disk_copy: str | Path | None = None,
        bootstrap: str | Path | None = None,
        options: Options = Options(),  # noqa: B008 - a frozen value
    ) -> None:
        """Begin to follow. `disk_copy` is kept up to date and read at the start, `bootstrap` is only read.

        Raises ValueError where the address or the environment cannot be right.
        """
        transport = Transport(
            url, key, environment=environment, project=project, timeout=options.timeout, context=options.ssl_context
        )
        copy = None if disk_copy is None else Path(disk_copy)
        self._held = Held()
        self._tracker = Tracker(lambda: Sender(transport, options))
        self._held.count_events = self._tracker.counts
        self._load(bootstrap, Source.BOOTSTRAP)
        self._load(copy if copy is not None and copy.exists() else None, Source.DISK_COPY)
        self._make: Callable[[], Follower] = lambda: Follower(transport, self._held, options, copy)
        self._follower: Follower | None = self._make()
        self._follower.start()
        _clients.add(self)

    @classmethod
    def from_documents(cls, documents: Iterable[Mapping[str, Any]]) -> Self:
        """A client without a server, on flags and audiences in the engine's form. Raises BadConfiguration."""
        found = {(str(each.get("kind", FLAG)), str(each.get("key"))): each for each in documents}
        client = cls._alone()
        client._held.load(of_documents(found), Source.DOCUMENTS)
        client._held.settle()
        return client

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """A client without a server, on a snapshot that was downloaded. Raises BadConfiguration and OSError."""
        client = cls._alone()
        client._held.load(copies.read(Path(path)), Source.DOCUMENTS)
        client._held.settle()
        return client

    def boolean(self, key: str, subject: Subject = None, default: bool = False) -> bool:
        found: bool = self.evaluate(key, subject, default, kind=Kind.BOOLEAN).value
        return found

    def string(self, key: str, subject: Subject = None, default: str = "") -> str:
        found: str = self.evaluate(key, subject, default, kind=Kind.STRING).value
        return found

    def number(self, key: str, subject: Subject = None, default: float = 0) -> float:
        found: float = self.evaluate(key, subject, default, kind=Kind.NUMBER).value
        return found

    def object(self, key: str, subject: Subject = None, default: JSON | None = None) -> Any:
        """An object or a list of the caller's own; None where the default is not given and applies."""
        return self.evaluate(key, subject, default, kind=Kind.OBJECT).value

    def evaluate(
        self,
        key: str,
        subject: Subject = None,
        default: Any = None,
        *,
        kind: Kind | None = None,
        track: bool = False,
    ) -> Evaluation:
        """The flag's answer for a subject, with its reason; the default where there is none, or one of another kind.

        With `track`, an exposure is sent where an experiment or a split decided.
        """
        try:
            return self._told(self._evaluate(key, subject, default, kind), subject, track)
        except Exception as error:
            return _broken(key, default, error)

    def evaluate_all(self, subject: Subject = None) -> dict[str, Evaluation]:
        """The answers of all flags; None for a value without a variant."""
        return {key: self.evaluate(key, subject) for key in sorted(self.flag_keys())}

    def decide(
        self,
        user_key: str | int,
        context: Mapping[str, Any] | None = None,
        experiments: Collection[str] | None = None,
        *,
        track: bool = False,
    ) -> list[Assignment]:
        """The variants that a user has in the running experiments, as `/api/decide` gives them, by key of experiment.

            [{"experiment_key": "button-color", "experiment_id": "…", "variant_key": "control", "variant_id": "…",
              "payload": {"color": "#0066cc"}}]

        `experiments` names those that are asked for. One in which the user has no variant is not there; without data
        there are none. With `track`, an exposure to each is sent.
        """
        standing = self._held.configuration
        if standing is None:
            return []
        try:
            found = assignments(standing, user_key, context, experiments)
        except Exception as error:
            logger.warning("nobody is assigned: %s", type(error).__name__)
            return []
        for each in found if track else ():
            self._tracker.saw(each["variant_key"], Context(str(user_key), context), experiment=each["experiment_key"])
        return found

    def assigned(
        self,
        experiment: str,
        subject: Subject = None,
        default: Any = None,
        *,
        kind: Kind | None = None,
        track: bool = False,
    ) -> Evaluation:
        """One experiment that is on no flag, as if it was a flag of its payloads; FLAG_NOT_FOUND where none runs.

        With `track`, an exposure is sent for who has a variant.
        """
        try:
            found = self._answer(lambda standing: standing.running.ruleset, experiment, subject, default, kind)
            return self._told(found, subject, track)
        except Exception as error:
            return _broken(experiment, default, error)

    def track(
        self,
        name: str,
        user_key: str | int,
        value: float | None = None,
        attributes: Mapping[str, Any] | None = None,
        timestamp: datetime | None = None,
        event_id: str | None = None,
    ) -> None:
        """Somebody did something that is measured: a metric event, sent in the background.

        It never raises and never waits. What cannot be right is logged and counted in `status.events`.
        """
        self._tracker.metric(name, value, user_key=user_key, at=timestamp, attributes=attributes, event_id=event_id)

    def expose(
        self,
        user_key: str | int,
        variant: str,
        *,
        experiment: str = "",
        flag: str = "",
        attributes: Mapping[str, Any] | None = None,
        timestamp: datetime | None = None,
        event_id: str | None = None,
    ) -> None:
        """Somebody saw a variant of an experiment or of a flag; sent in the background, once a day for each."""
        self._tracker.exposure(
            experiment, flag, variant, user_key=user_key, at=timestamp, attributes=attributes, event_id=event_id
        )

    def flush(self, timeout: float = 5.0) -> bool:
        """Send the events that wait, now; whether the server has answered all of them in time."""
        return self._tracker.flush(timeout)

    @property
    def tracked(self) -> tuple[dict[str, Any], ...]:
        """The newest events that were recorded because there is no server to send them to, or a test records them."""
        return tuple(self._tracker.recorded)

    def flag_keys(self) -> frozenset[str]:
        standing = self._held.configuration
        return frozenset(standing.ruleset if standing else ())

    def experiment_keys(self) -> frozenset[str]:
        """Of the experiments that are on no flag."""
        standing = self._held.configuration
        return frozenset(standing.running.ruleset if standing else ())

    @property
    def status(self) -> Status:
        return self._held.status()

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until the server was asked; whether there is data, from wherever. False when the time is over."""
        return self._held.wait(timeout)

    async def ready(self, timeout: float | None = None) -> bool:
        """The same as `wait_ready`, for asyncio."""
        loop, settled = asyncio.get_running_loop(), asyncio.Event()
        forget = self._held.when_settled(lambda: _tell(loop, settled.set))
        try:
            async with asyncio.timeout(timeout):
                await settled.wait()
        except TimeoutError:
            pass
        finally:
            forget()
        return self._held.configuration is not None

    def on_change(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call this in the background with each change of the configuration; what is returned ends that."""
        return self._held.listen(listener)

    def on_status(self, listener: Callable[[Status], None]) -> Callable[[], None]:
        """Call this in the background whenever the state is another one; what is returned ends that."""
        return self._held.listen_status(listener)

    def close(self) -> None:
        """Send the events that wait, and follow no more; what is there goes on answering."""
        _clients.discard(self)
        self._tracker.close()
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.stop(within=2)
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await asyncio.to_thread(self.close)

    def _told(self, found: Evaluation, subject: Subject, track: bool) -> Evaluation:
        """The same, after its exposure was handed on, if it is one and is wanted."""
        is_split = found.experiment is not None or found.reason is Reason.SPLIT
        if track and is_split and found.variant is not None:
            self._tracker.saw(found.variant, subject, experiment=found.experiment, flag=found.key)
        return found

    def _evaluate(self, key: str, subject: Subject, default: Any, kind: Kind | None) -> Evaluation:
        if key in overriding.values:
            return overridden(key, overriding.values[key], default, kind)
        return self._answer(lambda standing: standing.ruleset, key, subject, default, kind)

    def _answer(
        self,
        ruleset: Callable[[Configuration], Ruleset],
        key: str,
        subject: Subject,
        default: Any,
        kind: Kind | None,
    ) -> Evaluation:
        standing = self._held.configuration
        if standing is None:
            detail = "there is no configuration yet, from the server, a disk copy or a bootstrap file"
            return failed(key, default, ClientError.PROVIDER_NOT_READY, detail, None)
        try:
            context = context_of(subject)
        except (ValueError, TypeError) as error:
            return failed(key, default, ClientError.INVALID_CONTEXT, str(error), standing.revision)
        return answer(ruleset(standing), key, context, default, kind, standing.revision)

    def _load(self, path: str | Path | None, source: Source) -> None:
        if path is None:
            return
        try:
            self._held.load(copies.read(Path(path)), source)
        except (BadConfiguration, OSError) as error:
            logger.warning("%s is not used: %s", path, error)

    @classmethod
    def _alone(cls) -> Self:
        client = cls.__new__(cls)
        client._held, client._follower, client._tracker = Held(), None, Tracker()
        client._held.count_events = client._tracker.counts
        return client

    def _after_fork(self) -> None:
        if self._follower is None:
            return
        self._follower.abandon()
        self._held.after_fork()
        self._tracker = self._tracker.renewed()
        self._held.count_events = self._tracker.counts
        self._follower = self._make()
        self._follower.start()


def _broken(key: str, default: Any, error: Exception) -> Evaluation:
    return failed(key, default, ErrorCode.GENERAL, f"the evaluation failed: {type(error).__name__}", None)


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _follow_on() -> None:
    for client in tuple(_clients):
        client._after_fork()


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(what)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_follow_on)
