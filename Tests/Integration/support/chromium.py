"""Modules of the pages in Debian's headless Chromium, without a console: a script runs in a page that has d3 and the styles."""
import functools
import html
import http.server
import json
import pathlib
import shutil
import subprocess
import threading

import pytest

PAGES = pathlib.Path(__file__).parents[3] / "Collector/ConsoleSite/pages"
LIBRARIES = {
    "/d3.js": pathlib.Path("/usr/share/nodejs/d3/dist/d3.min.js"),
    "/d3-sankey.js": pathlib.Path("/usr/share/nodejs/d3-sankey/dist/d3-sankey.min.js"),
}
PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/style/base.css">
<link rel="stylesheet" href="/style/charts.css"><script src="/d3.js"></script><script src="/d3-sankey.js"></script>
<div id="host"></div><pre id="found"></pre><script type="module" src="/test.js"></script>"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """The files of the pages, the libraries, and the script as /test.js."""

    def __init__(self, *arguments, script, **names):
        self.script = script
        super().__init__(*arguments, directory=str(PAGES), **names)

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        given = {"/": ("text/html", PAGE), "/test.js": ("text/javascript", self.script)}.get(self.path)
        if self.path in LIBRARIES:
            given = ("text/javascript", LIBRARIES[self.path].read_text())
        if given is None:
            super().do_GET()
            return
        content = given[1].encode()
        self.send_response(200)
        self.send_header("Content-Type", given[0])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def in_chromium(script, folder):
    """What the function `found` of a module's text returns, as JSON; the text may import from /lib and /charts."""
    browser = shutil.which("chromium-headless-shell") or pytest.skip("apt-get install chromium-headless-shell")
    script += """
        const answer = document.getElementById("found");
        try { answer.textContent = JSON.stringify(found()); } catch (error) { answer.textContent = JSON.stringify({ failure: error.stack }); }
        """
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, script=script)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            run = subprocess.run(
                [browser, "--no-sandbox", "--disable-gpu", "--window-size=1000,800", f"--user-data-dir={folder}", "--timeout=60000",
                 "--dump-dom", f"http://127.0.0.1:{server.server_port}/"], capture_output=True, text=True, timeout=120, check=True)
        finally:
            server.shutdown()
            thread.join()
    text = html.unescape(run.stdout.split('<pre id="found">')[1].split("</pre>")[0])
    assert text, f"the script did not run:\n{run.stderr}"
    answer = json.loads(text)
    assert "failure" not in answer, answer["failure"]
    return answer
