"""Organisations of a test: registered by the command line, with receivers that run like those of ops/run."""
import csv
import json
import mailbox
import pathlib
import subprocess
import time

from .programs import ROOT, check, environment
from .requirements import need
from .ports import free_port
from .waiting import until

COLUMNS = ("organisation", "name", "prefix", "valid_from", "valid_until", "vouched_by", "mail", "mail_format", "clean_hours",
           "language", "daily_cap")


def load(telescope, folder, rows):
    """Imports rows, each a dict by the columns of `darkscope org import`."""
    path = folder / "organisations.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    telescope.darkscope("org", "import", path)


def new_key(folder):
    """The key that webhooks' secrets are made from, in alerts.key."""
    check("darkscope", "keys", "secret", "--key-file", folder / "alerts.key")


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Receivers:
    """A mail server and a webhook on loopback, which can be stopped and started again at the same ports."""

    def __init__(self, folder):
        try:
            import aiosmtpd  # noqa: F401
        except ImportError:
            need(False, "needs python3-aiosmtpd")
        self.folder = folder / "received"
        self.mail_port, self.webhook_port = free_port(), free_port()
        self._process = None

    def start(self, answer_after=0):
        """What they get they keep, and answer so many seconds later."""
        (self.folder / "ports").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["/usr/bin/python3", str(ROOT / "ops" / "receive-notices"), str(self.folder), "--mail-port", str(self.mail_port),
             "--webhook-port", str(self.webhook_port), "--answer-after", str(answer_after)], env=environment())
        until(lambda: (self.folder / "ports").exists(), 20, "receivers")

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def trust(self, secret):
        """Accepts what is signed with the secret from now on."""
        self.folder.mkdir(exist_ok=True)
        with open(self.folder / "webhook.secrets", "a") as file:
            file.write(secret + "\n")

    def settings(self, **more):
        """The section `alerts` of a collector that delivers to them."""
        return {"smtp": f"smtp://127.0.0.1:{self.mail_port}", "from": "alerts@darkscope.example",
                "webhook_allow": ["127.0.0.1/32"], **more}

    def webhook(self, name):
        return f"http://127.0.0.1:{self.webhook_port}/{name}"

    def mails(self):
        """Each mail that came, as (seconds, message), in the order of arrival."""
        box = pathlib.Path(self.folder / "mailbox" / "new")
        files = sorted(box.iterdir(), key=lambda file: file.stat().st_mtime_ns) if box.exists() else []
        return [(file.stat().st_mtime_ns / 1e9, mailbox.MaildirMessage(file.read_bytes())) for file in files]

    def posts(self):
        """What the webhook wrote of each post."""
        log = self.folder / "webhook.log"
        # A line that is being written is one of the next call.
        return [json.loads(line) for line in log.read_text().splitlines(True) if line.endswith("\n")] if log.exists() else []
