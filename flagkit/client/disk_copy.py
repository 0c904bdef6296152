"""The last good configuration in a file, so that a program can start while its server is down.

The file: a line of JSON `{"sha256": …, "tag": …}`, then a snapshot's body. A file without that line, as a snapshot is
downloaded, is read as well.
"""

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path

from flagkit.client.configuration import BadConfiguration, Configuration, from_body

logger = logging.getLogger("flagkit")
_START = b'{"sha256"'


def read(path: Path) -> Configuration:
    """The configuration in this file. Raises BadConfiguration for one that is damaged, and OSError."""
    data = path.read_bytes()
    if not data.startswith(_START):
        return from_body(data)
    head, _, body = data.partition(b"\n")
    try:
        header = json.loads(head)
        is_whole = header["sha256"] == hashlib.sha256(body).hexdigest()
        tag = str(header["tag"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadConfiguration("its first line is damaged") from error
    if not is_whole:
        raise BadConfiguration("it is not as it was written")
    return from_body(body, tag)


def write(path: Path, configuration: Configuration) -> None:
    """Replace the file as a whole, readable by its owner only. Raises OSError, and then the file is as it was."""
    body = configuration.to_body()
    head = json.dumps({"sha256": hashlib.sha256(body).hexdigest(), "tag": configuration.tag})
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(head.encode() + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
