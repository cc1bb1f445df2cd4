"""Serves a peer by granian's embedded server, in one process as onepin is: ``embedded.py module:app PORT``."""

import asyncio
import importlib
import sys

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

if __name__ == "__main__":
    module, _, name = sys.argv[1].partition(":")
    server = Server(
        getattr(importlib.import_module(module), name),
        port=int(sys.argv[2]),
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        backpressure=8192,
        http1_settings=HTTP1Settings(header_read_timeout=5000, max_buffer_size=32768),
        log_level=LogLevels.error,
    )
    asyncio.run(server.serve())
