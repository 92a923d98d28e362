#!/usr/bin/env python3
"""Checks dashboards, rules, alert tests and runbooks against each other and against common/metrics.inc.
Needs promtool, of Debian's package prometheus."""
import json
import re
import subprocess
import sys
import unittest

import expressions as e


def promtool(*arguments):
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, cwd=e.ROOT)


class Rules(unittest.TestCase):
    def passes(self, *arguments):
        done = promtool(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_takes_the_rules(self):
        self.passes("check", "rules", *e.RULES)

    def test_promtool_takes_the_configuration(self):
        self.passes("check", "config", "ops/prometheus/prometheus.yml")

    def test_alerts_fire_and_are_silent(self):
        self.passes("test", "rules", e.ALERT_TESTS)

    def test_every_alert_has_a_firing_and_a_silent_case_and_a_runbook(self):
        text = e.ALERT_TESTS.read_text()
        alerts = [rule for rule in e.rules() if "alert" in rule]
        self.assertGreater(len(alerts), 20)
        for alert in alerts:
            name = alert["alert"]
            with self.subTest(name):
                self.assertRegex(name, r"^Cairn([A-Z][a-z]+)+$")
                for case, samples in (("fires", r"\[\{.*value: 1\}\]"), ("is silent", r"\[\]")):
                    self.assertTrue(re.search(rf"name: {name} {case}\n(.+\n)+?.*alertname=\"{name}\".*\n.*\n"
                                              rf" +exp_samples: {samples}\n", text), f"no case: {name} {case}")
                self.assertEqual(alert["runbook_url"], f"ops/runbooks/{name}.md")
                page = (e.RUNBOOKS / f"{name}.md").read_text()
                self.assertIn(f"# {name}\n", page)
                quoted = re.search(r"```promql\n(.*?)\n```", page, re.S)[1]
                self.assertEqual(quoted.split(), alert["expr"].split(), "the page quotes another expression")
                for heading in ("**What it means.**", "**Look at**", "**Do**"):
                    self.assertIn(heading, page)
                self.assertIn(f"[{name}]({name}.md)", (e.RUNBOOKS / "README.md").read_text())
                self.assertRegex(alert["labels"], r"severity: (page|warn)")
                self.assertTrue(alert["summary"] and alert["description"] and alert["for"])
        pages = {page.stem for page in e.RUNBOOKS.glob("*.md")} - {"README"}
        self.assertEqual(pages, {alert["alert"] for alert in alerts})

    def test_recording_rules_are_named_by_level_metric_and_operation(self):
        for rule in e.rules():
            if "record" in rule:
                self.assertRegex(rule["record"], r"^(pool|pool_stage):cairn_\w+:\w+$")


class Dashboards(unittest.TestCase):
    def test_are_what_the_generator_writes(self):
        done = subprocess.run([sys.executable, e.ROOT / "grafana/generate.py", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_say_what_they_show(self):
        alerts = {rule["alert"] for rule in e.rules() if "alert" in rule}
        self.assertEqual([d.stem for d in e.DASHBOARDS], ["chain", "overview", "provers"])
        for dashboard in e.DASHBOARDS:
            board = json.loads(dashboard.read_text())
            variables = {v["name"]: v for v in board["templating"]["list"]}
            self.assertEqual(variables["datasource"]["query"], "prometheus")
            self.assertIn("pool", variables)
            self.assertIn("stage", variables)
            self.assertTrue(any("$stage" in t["expr"] for panel in e.panels(dashboard) for t in panel["targets"]))
            self.assertEqual(board["uid"], "cairn-" + dashboard.stem)
            self.assertIsNone(board["id"])
            ids, places = set(), set()
            for panel in e.panels(dashboard):
                with self.subTest(f"{dashboard.name}: {panel['title']}"):
                    self.assertTrue(panel["title"] and panel["description"].endswith((".", "way.")))
                    self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                    self.assertNotIn(panel["id"], ids)
                    ids.add(panel["id"])
                    at = panel["gridPos"]
                    cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                    self.assertFalse(cells & places, "lies over another panel")
                    self.assertLessEqual(at["x"] + at["w"], 24)
                    places |= cells
                    for thing in (panel, *panel["targets"]):
                        self.assertEqual(thing["datasource"]["uid"], "${datasource}")
                    for target in panel["targets"]:
                        self.assertIn('pool=~"$pool"', target["expr"])
                        for window in re.findall(r"\brate\([^\[]*\[([^\]]+)\]", target["expr"]):
                            self.assertEqual(window, "$__rate_interval")
                        for used in re.findall(r"\$([a-z]\w*)", target["expr"]):
                            self.assertIn(used, variables)
                    if panel["title"].startswith("GPU"):  # most machines have none
                        self.assertIn("No GPU", panel["fieldConfig"]["defaults"]["noValue"])
                    for link in panel.get("links", []):
                        folder, page = link["url"].rsplit("/", 1)
                        self.assertEqual(folder, "/public/cairn-runbooks")
                        self.assertIn(page.removesuffix(".md"), alerts)
                        self.assertTrue((e.RUNBOOKS / page).exists())


class Metrics(unittest.TestCase):
    def setUp(self):
        self.recorded = {rule["record"]: rule["expr"] for rule in e.rules() if "record" in rule}
        self.used = {}
        for where, expression in [*e.dashboard_expressions(),
                                  *((r.get("record") or r["alert"], r["expr"]) for r in e.rules())]:
            for name in e.names_in(expression):
                self.used.setdefault(name, where)

    def test_every_name_in_use_exists(self):
        known = e.series_in_code() | self.recorded.keys() | {"up"}
        for name, where in self.used.items():
            self.assertIn(name, known, where)

    def test_every_recording_rule_is_used(self):
        for name in self.recorded:
            self.assertIn(name, self.used)

    def test_every_metric_is_on_a_dashboard_or_listed_as_unused(self):
        shown = set()
        for _, expression in e.dashboard_expressions():
            for name in e.names_in(expression):
                shown |= e.names_in(self.recorded[name]) if name in self.recorded else {name}
        while shown & self.recorded.keys():  # rules that use rules
            shown = set().union(*(e.names_in(self.recorded[n]) if n in self.recorded else {n} for n in shown))
        listed = {line.split()[0] for line in (e.ROOT / "grafana/unused_metrics.txt").read_text().splitlines()
                  if line and not line.startswith("#")}
        for name, kind in e.metrics_in_code().items():
            series = {name + part for part in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
            self.assertEqual(name in listed, not series & shown, f"{name}: on a dashboard, or listed with a reason")
        self.assertLessEqual(listed, e.metrics_in_code().keys())


if __name__ == "__main__":
    unittest.main()
