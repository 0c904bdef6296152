"""The Python SDK: a client that holds an environment's configuration, keeps it current, and evaluates by itself."""

from flagkit.client.assignments import Assignment
from flagkit.client.client import Client
from flagkit.client.configuration import BadConfiguration
from flagkit.client.evaluation import ClientError, Evaluation, Kind
from flagkit.client.held import Change
from flagkit.client.status import Source, State, Status
from flagkit.client.subject import Subject

__all__ = [
    "Assignment",
    "BadConfiguration",
    "Change",
    "Client",
    "ClientError",
    "Evaluation",
    "Kind",
    "Source",
    "State",
    "Status",
    "Subject",
]
