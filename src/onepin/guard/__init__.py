"""Protect a Python application with keys of a onepin server: every request is asked about at ``/api/v1/auth/check``.

A front is one small module: it takes the Authorization header from its framework, calls ``Guard`` or ``AsyncGuard``,
hands the ``Principal`` on, and answers a ``Refused`` as its ``refusal`` says. ``asgi`` is one (``GuardMiddleware``),
``fastapi`` another (``from onepin.guard.fastapi import Require``; importing this package does not import FastAPI).
"""

from onepin.guard.asgi import GuardMiddleware, principal_of
from onepin.guard.guard import AsyncGuard, Guard
from onepin.guard.principal import Principal
from onepin.guard.question import ANY_WORKSPACE, AnyWorkspace, Workspaces
from onepin.guard.refusal import Refusal, Refused, Unavailable

__all__ = [
    "ANY_WORKSPACE",
    "AnyWorkspace",
    "AsyncGuard",
    "Guard",
    "GuardMiddleware",
    "Principal",
    "Refusal",
    "Refused",
    "Unavailable",
    "Workspaces",
    "principal_of",
]
