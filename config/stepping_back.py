"""Jobs step back: whoever waits for a page goes before what is done in the background.

A worker process takes the processor only when no page wants it, and so does the process of PostgreSQL that serves it, which does
most of the work. Spare time is theirs all the same: the cutoffs of a midnight are as fast on a quiet desk. Where PostgreSQL
runs on another machine or in another container its part is left as it is.
"""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created

# A tenth of the weight of a process that steps back for nobody.
STEP = 10


def this_process(**_: Any) -> None:
    """A process of a worker, and each connection that it makes."""
    os.setpriority(os.PRIO_PROCESS, 0, STEP)
    connection_created.connect(its_backend)


def its_backend(connection: Any, **_: Any) -> None:
    """The process of PostgreSQL behind a connection, if it is one of this machine and ours to order."""
    backend = backend_here(connection.connection)
    if backend:
        with suppress(OSError):  # somebody else's server
            os.setpriority(os.PRIO_PROCESS, backend, STEP)


def backend_here(link: Any) -> int:
    """The id of the process at the other end of a psycopg connection; 0 unless it is certain that it runs here.

    Numbers of another machine or container say nothing here: the server at the other end of the socket must be its parent.
    """
    with socket.socket(fileno=os.dup(link.fileno())) as end:
        if end.family != socket.AF_UNIX or not hasattr(socket, "SO_PEERCRED"):
            return 0
        server, _user, _group = struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    backend = int(link.info.backend_pid)
    with suppress(OSError):
        status = Path(f"/proc/{backend}/stat").read_text()
        parent = int(status.rpartition(")")[2].split()[1])
        return backend if server and parent == server else 0
    return 0
