"""What the dashboards, the rules and the code say about metrics, read from the files of the repository."""
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = sorted((ROOT / "grafana/dashboards").glob("*.json"))
RULES = sorted((ROOT / "ops/prometheus/rules").glob("*.yml"))
RUNBOOKS = ROOT / "ops/runbooks"
ALERT_TESTS = ROOT / "ops/prometheus/tests/alerts_test.yml"
METRIC = re.compile(r"(?<![\w:])((?:cairn|process)_\w+|\w+:cairn_\w+:\w+|up)(?![\w:(])")
# What Grafana fills in.
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$pool": ".+", "$stage": ".+", "$process": ".+"}


def metrics_in_code():
    """Names of common/metrics.inc by kind of metric."""
    text = (ROOT / "common/metrics.inc").read_text()
    return {name: kind for kind, name in re.findall(r'^METRIC\((\w+), \w+, "(\w+)"', text, re.M)}


def series_in_code():
    """Names as a scrape has them: a histogram is three."""
    out = set()
    for name, kind in metrics_in_code().items():
        out |= {name + part for part in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return out


def panels(dashboard):
    return [panel for panel in json.loads(dashboard.read_text())["panels"] if panel["type"] != "row"]


def dashboard_expressions(title=None):
    """(where, expression) of every target, or of those of one panel, with Grafana's variables filled in."""
    for dashboard in DASHBOARDS:
        for panel in panels(dashboard):
            if title not in (None, panel["title"]):
                continue
            for target in panel["targets"]:
                expression = target["expr"]
                for variable, value in VARIABLES.items():
                    expression = expression.replace(variable, value)
                yield f"{dashboard.name}: {panel['title']}", expression


def rules():
    """Every rule as {"record" or "alert": name, "expr": …, other keys as text}. Reads the two-level YAML of
    ops/prometheus/rules only."""
    out = []
    for file in RULES:
        for block in re.split(r"^      - ", file.read_text(), flags=re.M)[1:]:
            rule = {}
            for key, value in re.findall(r"^ *(\w+): (\|\n(?:          .*\n?)+|.*)", block, re.M):
                rule[key] = re.sub(r"^\|\n", "", value).strip().strip('"')
            out.append(rule)
    return out


def names_in(expression):
    """Metrics that an expression names; label names and strings are none."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)", "", bare)
    return set(METRIC.findall(re.sub(r"\{[^}]*\}", "", bare)))


def selectors_in(expression):
    """Every name with its matchers, as an expression of its own."""
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)", "", expression)
    found = re.findall(r"(?<![\w:\"])((?:cairn|process)_\w+|\w+:cairn_\w+:\w+|up)(?![\w:(])(\{[^}]*\})?", bare)
    return {name + labels for name, labels in found}
