"""What Grafana does to a panel's SQL before PostgreSQL sees it: variables are put in by the browser, then the data source
expands its macros. After pkg/tsdb/grafana-postgresql-datasource/macros.go of Grafana 12, without TimescaleDB.
"""
import datetime
import re

MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")
# Least interval of the data source (jsonData.timeInterval), and those that Grafana rounds to.
ROUND = {60: "1m", 120: "2m", 300: "5m", 600: "10m", 900: "15m", 1_200: "20m", 1_800: "30m", 3_600: "1h", 7_200: "2h",
         10_800: "3h", 21_600: "6h", 43_200: "12h", 86_400: "1d", 604_800: "1w"}
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class Range:
    def __init__(self, since, until):
        self.since, self.until = since, until

    @property
    def interval(self):
        """Seconds of $__interval for a panel a thousand points wide."""
        wished = (self.until - self.since).total_seconds() / 1_000
        return min(ROUND, key=lambda seconds: (seconds < wished, abs(seconds - wished)))


def text(moment):
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def with_variables(sql, dashboard, chosen):
    """chosen has values by the name of a variable, a list for several; without one its first value counts."""
    variables = {v["name"]: v for v in dashboard["templating"]["list"]}

    def put(found):
        name = found[1] or found[2]
        if name not in variables:
            return found[0]
        variable = variables[name]
        value = chosen.get(name, variable["current"]["value"])
        if value == ["$__all"]:
            # A value of one's own for "All" is put in as it is.
            return variable["allValue"]
        if isinstance(value, list):
            return ",".join("'" + v.replace("'", "''") + "'" for v in value)
        return value.replace("'", "''")

    return VARIABLE.sub(put, sql)


def with_macros(sql, within):
    """Fails as Grafana does, for an unknown macro or one without its arguments."""
    sql = sql.replace("$__interval_ms", str(within.interval * 1_000)).replace("$__interval", ROUND[within.interval])
    epochs = [int(moment.timestamp()) for moment in (within.since, within.until)]
    sql = sql.replace("$__unixEpochFrom()", str(epochs[0])).replace("$__unixEpochTo()", str(epochs[1]))

    def group(arguments):
        if len(arguments) < 2:
            raise ValueError("a group needs a column and an interval")
        number, unit = re.fullmatch(r"(\d+)([smhdw])", arguments[1].strip("'")).groups()
        seconds = int(number) * UNITS[unit]
        return f"floor(extract(epoch from {arguments[0]})/{seconds})*{seconds}"

    def put(found):
        name, arguments = found[1], [word.strip(" ") for word in found[2].split(",")]
        if name == "__timeFilter":
            return f"{arguments[0]} BETWEEN '{text(within.since)}' AND '{text(within.until)}'"
        if name in ("__timeFrom", "__timeTo"):
            return f"'{text(within.since if name == '__timeFrom' else within.until)}'"
        if name == "__timeGroup":
            return group(arguments)
        if name == "__timeGroupAlias":
            return group(arguments) + ' AS "time"'
        raise ValueError(f"unknown macro {name}")

    return MACRO.sub(put, sql)


def query(dashboard, panel, within, chosen=None):
    (target,) = panel["targets"]
    return with_macros(with_variables(target["rawSql"], dashboard, chosen or {}), within)
