"""A database of its own for each test, on the server that DARKSCOPE_TEST_POSTGRES names."""
import os
import uuid

import psycopg2

from .requirements import need


class Database:
    """One database; queries commit by themselves."""

    def __init__(self, server=None):
        self.server = server or os.environ.get("DARKSCOPE_TEST_POSTGRES")
        need(self.server, "DARKSCOPE_TEST_POSTGRES is not set: run ops/test, or set it to what "
             "ops/private-postgres conninfo DIR prints")
        self.name = f"darkscope_it_{uuid.uuid4().hex[:16]}"
        # Of two values for one key libpq takes the later.
        self.conninfo = f"{self.server} dbname={self.name}"
        self._administer(f"CREATE DATABASE {self.name}")
        self._connection = None

    def _administer(self, sql):
        connection = psycopg2.connect(self.server)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
        connection.close()

    def rows(self, sql, *values):
        """All rows. A connection that a restart of the server broke is made anew."""
        for attempt in (1, 2):
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg2.connect(self.conninfo)
                    self._connection.autocommit = True
                with self._connection.cursor() as cursor:
                    cursor.execute(sql, values or None)
                    return cursor.fetchall() if cursor.description else []
            except psycopg2.Error as error:
                self._connection = None
                # What the server refuses has an SQLSTATE; a lost connection has none.
                if attempt == 2 or error.pgcode not in (None, "57P01", "57P02", "57P03"):
                    raise

    def row(self, sql, *values):
        return self.rows(sql, *values)[0]

    def value(self, sql, *values):
        return self.row(sql, *values)[0]

    def drop(self):
        if self._connection is not None:
            self._connection.close()
        self._administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
