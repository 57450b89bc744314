"""Every page of the console, with what it is about."""
from .scene import INFECTED


def pages(scene):
    """{name: path} of every page, in a span of the past."""
    alert, notice = scene.database.row("""
        SELECT i.alert, i.notice FROM api.notice_item i WHERE i.alert IS NOT NULL ORDER BY i.notice LIMIT 1""")
    return {
        "overview": "/", "ports": "/ports", "port": "/port/tcp-syn/23", "sources": "/sources", "source": f"/source/{INFECTED}",
        "block": "/source/192.0.2.0%2F24", "country": "/country/CN", "network": "/network/64523", "map": "/map", "alerts": "/alerts",
        "alert": f"/alert/{alert}", "sites": "/sites", "site": "/site/sg-1", "explore": "/explore", "years": "/years", "notes": "/notes",
        "account": "/account", "missing": "/nothing/here",
    }
