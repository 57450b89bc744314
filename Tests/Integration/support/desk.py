"""An organisation with contacts, and servers for its notices: fixtures for tests of delivery."""
import pytest

from . import receivers
from .programs import check
from .waiting import until

LOOPBACK = ["127.0.0.0/8", "::1/128"]


class Desk:
    """An organisation with contacts, and notices to it."""

    def __init__(self, telescope, name="Example City", language="en"):
        self.telescope, self.database = telescope, telescope.database
        self.key = telescope.folder / "alerts.key"
        assert "[alerts]" in check("darkscope", "keys", "secret", "--key-file", self.key)
        self.organisation = self.database.value(
            "INSERT INTO meta.organisation (code, name, language, country) VALUES ('city', %s, %s, 'TH') RETURNING id",
            name, language)

    def configure(self, role=None, **alerts):
        self.telescope.configure({
            "database": {"connection": self.database.conninfo + (f" user={role}" if role else "")},
            "alerts": {
                "from": "darkscope@sender.example", "reporter_name": "Darkscope of Example CERT", "key_file": self.key,
                "webhook_allow": LOOPBACK, **alerts}})

    def contact(self, channel, target, form, name="Desk"):
        return self.database.value(
            "INSERT INTO meta.contact (organisation, channel, target, format, name) VALUES (%s, %s, %s, %s, %s) RETURNING id",
            self.organisation, channel, str(target), form, name)

    def notice(self, items=2):
        """One to every contact; {contact: key}."""
        return dict(self.database.rows("""
            WITH notice AS (
                INSERT INTO alert.notice (organisation, reason, items) VALUES (%s, 'first', %s) RETURNING id
            ), item AS (
                INSERT INTO alert.notice_item SELECT n.id, i, 100 + i, 'opened', '192.0.2.0'::inet + i, 'external', 'infection',
                    'high', 'medium', ARRAY['seen at two sites', '"quoted", {braced}'], 'open', 1, now() - interval '5 min',
                    now(), 20 + i, 20 + i, 2, 9, 'mirai', false, '192.0.2.0/24', 64500, 'EXAMPLE-AS', 'TH'
                FROM notice n, generate_series(1, %s) i RETURNING notice, number
            ), evidence AS (
                INSERT INTO alert.notice_evidence SELECT notice, number, 1, 1, 6, 23, 20 + number, now() - interval '5 min',
                    now(), 40000, 52, 40, 2, NULL FROM item
            )
            INSERT INTO alert.outbox (notice, contact)
            SELECT n.id, c.id FROM notice n, meta.contact c WHERE c.organisation = %s AND c.ended_at IS NULL
            RETURNING contact, key""", self.organisation, items, items, self.organisation))

    def states(self):
        return dict(self.database.rows("SELECT state, count(*) FROM alert.outbox GROUP BY 1"))

    def problem(self):
        return self.database.value("SELECT max(problem) FROM alert.outbox")

    def delivered(self, count, seconds=20):
        until(lambda: self.states().get("delivered", 0) == count, seconds,
              lambda: f"{count} delivered, not {self.states()}: {self.problem()}")

    def failed(self, attempts, seconds=30):
        until(lambda: self.database.value("SELECT count(*) FROM alert.delivery WHERE outcome <> 'delivered'") >= attempts,
              seconds, lambda: f"{attempts} failed attempts; {self.states()}")

    def pass_time(self):
        """Everything that waits is due now."""
        self.database.rows("UPDATE alert.outbox SET due_at = now() WHERE state = 'due'")


@pytest.fixture
def desk(telescope):
    return Desk(telescope)


@pytest.fixture
def mail():
    server = receivers.MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def web():
    server = receivers.WebServer()
    yield server
    server.stop()
