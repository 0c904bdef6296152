"""The evaluation engine of Flagplatform and the Python SDK around it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flagkit.client import Client as Client
    from flagkit.client.options import Options as Options

__all__ = ["Client", "Options"]


def __getattr__(name: str) -> Any:
    """The client is imported when it is asked for: the engine alone needs neither sockets nor threads."""
    if name == "Client":
        from flagkit.client import Client

        return Client
    if name == "Options":
        from flagkit.client.options import Options

        return Options
    raise AttributeError(f"module flagkit has no attribute {name}")
