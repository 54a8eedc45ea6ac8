"""What a program finds in the folder of a project, as the command line does."""

from __future__ import annotations

import json
import os
import socket
from typing import Any, Dict, List, Optional


def project_folder(start: Optional[str] = None) -> str:
    """The nearest folder, from `start` or the current one upwards, that has a `.3ox`; else where the search began."""
    first = folder = os.path.abspath(start or os.getcwd())
    while not os.path.isdir(os.path.join(folder, ".3ox")):
        if folder == os.path.dirname(folder):
            return first
        folder = os.path.dirname(folder)
    return folder


def project_server() -> str:
    """The address of the project's own NATS server, with its password."""
    folder = project_folder()
    try:
        server = json.loads(_read(folder, ".3ox/nats/server.json"))
        os.kill(server["pid"], 0)
        # On Linux it can be told that the process is the server: whoever else has its port is not sent the password.
        if os.path.isdir("/proc/self") and server["name"] not in _read("/proc", str(server["pid"]), "cmdline"):
            raise ProcessLookupError
        password = _read(folder, ".3ox/nats/server.password").strip()
        return "nats://project:%s@%s" % (password, server["url"].split("://")[-1])
    except (OSError, ValueError, KeyError):
        why = "no NATS server runs for the project of %s: `workflow serve` there brings it up, or set NATS_URL"
        raise ConnectionError(why % folder) from None


def project_api(folder: str) -> str:
    """Where an engine of the project answers over HTTP: of those that run, the one that was started last."""
    for url in _engines(folder):
        return url
    why = "no engine serves the project of %s over HTTP: start one with `workflow serve`, or set WORKFLOW_URL"
    raise ConnectionError(why % folder)


def _engines(folder: str) -> List[str]:
    """The addresses of the engines of the project that run, as each wrote its own down."""
    try:
        noted = json.loads(_read(folder, ".3ox/dashboard.json"))
        all_noted = (noted, *noted.get("others", []))
    except (OSError, ValueError, TypeError, AttributeError):
        return []
    return [str(each["url"]) for each in all_noted if isinstance(each, dict) and "url" in each and _runs(each)]


def _runs(noted: Dict[str, Any]) -> bool:
    """Whoever took the port of an engine that was killed is no engine. In another container nobody here can tell."""
    place = noted.get("place")
    if place is not None and place != _place():
        return True
    try:
        os.kill(int(noted["pid"]), 0)
    except PermissionError:
        # It is there, under another user.
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _place() -> str:
    """This machine, and the process ids that mean something here."""
    try:
        return "%s %s" % (socket.gethostname(), os.readlink("/proc/self/ns/pid"))
    except OSError:
        return socket.gethostname()


def project_token(folder: str) -> Optional[str]:
    """The token of the project's owner, where the file with it can be read."""
    try:
        return _read(folder, ".3ox/owner.header").strip().split("Bearer ")[-1]
    except OSError:
        return None


def token_for(url: str, folder: str) -> Optional[str]:
    """The token of the project's owner, for an engine of the project: no other address is ever sent it."""
    is_own = url.rstrip("/") in [each.rstrip("/") for each in _engines(folder)]
    return project_token(folder) if is_own else None


def _read(*path: str) -> str:
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()
