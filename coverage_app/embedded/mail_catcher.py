"""A mail server that accepts everything and keeps it in a Maildir: no mail of a demo leaves the machine."""

import signal
import sys
from email import message_from_bytes, policy
from mailbox import Maildir
from pathlib import Path
from threading import Event, Lock
from typing import Any

from aiosmtpd.controller import Controller


class Catcher:
    """Keeps each mail, then says so; a full disk is a passing fault, and the mail comes again."""

    def __init__(self, folder: Path):
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.maildir = Maildir(folder)
        self.lock = Lock()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        try:
            with self.lock:
                self.maildir.add(envelope.content)
        except OSError as error:
            print(f"not kept: {error}", flush=True)
            return "451 4.3.0 The mail could not be kept"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        print(f"to {', '.join(envelope.rcpt_tos)}: {mail['Subject']}", flush=True)
        return "250 Kept"


def main(port: int, folder: Path) -> None:
    """Catch mail on ``port`` of the loopback address until stopped by a signal."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    controller = Controller(Catcher(folder), hostname="127.0.0.1", port=port)
    controller.start()
    stopping.wait()
    controller.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
