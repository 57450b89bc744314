"""Headless Chromium as an analyst has it: pages of a console, keys, and what went wrong on them.

Playwright has a Python of its own (`ops/console/tools` makes it), so that the browser is a process that takes calls.
"""
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

from .programs import ROOT, environment
from .requirements import need
from .waiting import until

WORKER = pathlib.Path(__file__).with_name("browser_worker.py")
THEMES = ("light", "dark")
BUSY = "document.body?.dataset.busy"


class BrowserError(AssertionError):
    pass


def tools_python():
    """The Python that has Playwright, axe and Schemathesis."""
    if importlib.util.find_spec("playwright"):
        return sys.executable
    if named := os.environ.get("DARKSCOPE_CONSOLE_PYTHON"):
        return named
    made = ROOT / "ops" / "console" / "tools"
    need(made.exists(), "needs ops/console/tools")
    done = subprocess.run([str(made)], capture_output=True, text=True, timeout=300)
    need(done.returncode == 0, f"ops/console/tools: {done.stderr.strip()[-500:]}")
    return done.stdout.strip().splitlines()[-1]


class Browser:
    def __init__(self, prefix=()):
        """`prefix` is a command that becomes it, such as one that enters a network namespace."""
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        need(program, "needs chromium-headless-shell")
        self._process = subprocess.Popen(
            [*prefix, tools_python(), "-P", str(WORKER), program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment())
        self.version = self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise BrowserError(f"the browser ended with {self._process.wait(10)}")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["result"]

    def call(self, name, *arguments, **options):
        self._process.stdin.write(json.dumps([name, arguments, options]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def open(self, console, width=1440, height=900, theme="light", **options):
        """A page of its own context: nothing is shared with others."""
        number = self.call("open", f"127.0.0.1:{console.port}", viewport={"width": width, "height": height},
                           color_scheme=theme, **options)
        return Tab(self, number, f"http://127.0.0.1:{console.port}")

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Tab:
    """One page."""

    def __init__(self, browser, number, base):
        self._browser, self._number, self.base = browser, number, base

    def call(self, name, *arguments, **options):
        """A method of Playwright's page, such as `keyboard.press`."""
        return self._browser.call("call", self._number, name, *arguments, **options)

    def go(self, path):
        """Goes to a path with its query, and waits until every panel is settled."""
        self.call("goto", self.base + path)
        return self.settled()

    def settled(self, seconds=25):
        until(lambda: self.look(BUSY) == "0", seconds,
              lambda: f"a settled page at {self.address}: {self.look('document.body?.innerText')} {self.problems()}")
        return self

    def look(self, expression, argument=None):
        """The value of an expression or function of JavaScript in the page."""
        return self.call("evaluate", expression, argument)

    def press(self, *keys):
        for key in keys:
            self.call("keyboard.press", key)
        return self

    def until(self, expression, what, seconds=15):
        """Waits until the expression is true, also while the page is being left for another."""
        def holds():
            try:
                return self.look(expression)
            except BrowserError as error:
                if "Execution context was destroyed" not in str(error):
                    raise
                return None

        return until(holds, seconds, lambda: f"{what} at {self.address}: {self.text('main')[:400]}")

    def text(self, selector="body"):
        """What can be read there; empty when there is no such element."""
        return self.look("s => document.querySelector(s)?.innerText ?? ''", selector)

    def rows(self, selector):
        """The cells of every row in the body of a table."""
        return self.look("s => Array.from(document.querySelectorAll(s + ' tbody tr'), row => Array.from("
                         "row.cells, cell => cell.innerText.trim()))", selector)

    @property
    def address(self):
        return self.look("location.href").removeprefix(self.base)

    def picture(self, file):
        self.call("screenshot", path=str(file), full_page=True)

    def problems(self):
        """What went wrong since the last time: console, page errors, requests that failed or leave the host."""
        return self._browser.call("problems", self._number)

    def requests(self):
        return self._browser.call("requests", self._number)

    def axe(self):
        return self._browser.call("axe", self._number)

    def protocol(self, method, **parameters):
        return self._browser.call("protocol", self._number, method, **parameters)

    def close(self):
        self._browser.call("close", self._number)
