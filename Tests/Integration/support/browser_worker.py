"""The browser's side of support/browser.py: runs under the Python that has Playwright, takes calls as lines of JSON on
standard input and answers each with one line."""
import json
import sys
import urllib.parse

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, sync_playwright

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Pages:
    """Pages by number, each in a context of its own, and what went wrong on each."""

    def __init__(self, browser):
        self._browser, self._pages, self._problems, self._requests = browser, [], [], []

    def open(self, host, **options):
        """A page that may ask nothing but `host` (name:port): its number."""
        context = self._browser.new_context(**options)
        page, problems, requests = context.new_page(), [], []
        page.set_default_timeout(20_000)

        def asked(request):
            address = urllib.parse.urlsplit(request.url)
            requests.append(request.url)
            if address.scheme not in ("data", "blob") and address.netloc != host:
                problems.append(f"a request leaves the host: {request.url}")

        # A question that the page itself gave up is no failure.
        page.on("requestfailed", lambda r: problems.append(f"failed: {r.url}: {r.failure}")
                if r.failure != "net::ERR_ABORTED" else None)
        page.on("console", lambda m: problems.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on("request", asked)
        page.on("crash", lambda: problems.append("the page crashed"))
        for kept, what in ((self._pages, page), (self._problems, problems), (self._requests, requests)):
            kept.append(what)
        return len(self._pages) - 1

    def close(self, number):
        self._pages[number].context.close()

    def problems(self, number):
        """What went wrong since the last time that somebody asked."""
        self._pages[number].evaluate("0")
        found, self._problems[number][:] = list(self._problems[number]), []
        return found

    def requests(self, number):
        """Addresses that the page asked for since the last time."""
        self._pages[number].evaluate("0")
        found, self._requests[number][:] = list(self._requests[number]), []
        return found

    def axe(self, number):
        """What axe finds against WCAG 2.2 AA: rule, help and the places."""
        answer = Axe().run(self._pages[number], options={"runOnly": RULES, "resultTypes": ["violations"]}).response
        return [[v["id"], v["help"], [f"{n['html'][:160]} | {n['failureSummary']}" for n in v["nodes"][:4]]]
                for v in answer["violations"]]

    def protocol(self, number, method, **parameters):
        """A command of the DevTools protocol."""
        session = self._pages[number].context.new_cdp_session(self._pages[number])
        return session.send(method, parameters)

    def call(self, number, name, *arguments, **options):
        """A method of the page or of what it has, by its dotted name."""
        target = self._pages[number]
        for part in name.split("."):
            target = getattr(target, part)
        return target(*arguments, **options) if callable(target) else target


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
        pages = Pages(browser)
        print(json.dumps({"result": browser.version}), flush=True)
        for line in sys.stdin:
            name, arguments, options = json.loads(line)
            try:
                result = getattr(pages, name)(*arguments, **options)
                answer = json.dumps({"result": result}, default=lambda _: None)
            except (Error, TypeError, AttributeError) as error:
                answer = json.dumps({"error": str(error)})
            print(answer, flush=True)
        browser.close()


main()
