"""The operator's command line with a database: what is asked of it, and its exit codes (those of sysexits.h)."""
import json
import re
import uuid

from .programs import check, run
from .telescope import toml

FAILURE, USAGE, DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, IO, CONFIGURATION = 1, 64, 65, 66, 69, 73, 74, 78
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Operator:
    """`darkscope` with a database that a collector has migrated."""

    def __init__(self, folder, database):
        self.folder, self.database = folder, database
        self.config = folder / "collector.toml"
        self.config.write_text(toml({
            "collector": {"listen": "tcp://127.0.0.1:*", "secret_key_file": folder / "collector.key"},
            "database": {"connection": database.conninfo},
        }))
        check("darkscope", "keys", "new", "--key-file", folder / "collector.key")
        check("darkscope-collector", "migrate", "--config", self.config)

    def run(self, *arguments):
        return run("darkscope", *arguments, "--database", self.database.conninfo)

    def check(self, *arguments):
        return check("darkscope", *arguments, "--database", self.database.conninfo)

    def json(self, *arguments):
        return json.loads(self.check(*arguments, "--json"))

    def refused(self, code, *arguments):
        """One line of error with this exit code."""
        done = self.run(*arguments)
        assert (done.returncode, done.stdout) == (code, ""), done
        assert re.fullmatch(r"darkscope: [^\n]+\n", done.stderr), done.stderr
        return done.stderr

    def add_site(self, code="th-1", *prefixes):
        return self.check("site", "add", code, "--name", f"Site {code}", "--prefix", *(prefixes or ["198.18.16.0/20"]))


def key():
    return (uuid.uuid4().hex + uuid.uuid4().hex).lower()
