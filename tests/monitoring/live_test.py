#!/usr/bin/env python3
"""A real Prometheus, started by `cairn up --with-prometheus`, scrapes a real pool while it proves: every
expression of the dashboards and rules parses and returns data, promtool takes what every process serves, and
nothing fires. Needs CAIRN_BINARY_DIR, and Debian's package prometheus."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import expressions as e

BINARIES = Path(os.environ["CAIRN_BINARY_DIR"])
CAIRN = BINARIES / "bin/cairn"
READY_S, RUN_S, DATA_S, STOP_S = 240, 240, 120, 90
# Windows long enough that a busy machine loses none.
ENVIRONMENT = {"CAIRN_CHAIN_DEV_BLOCK_MS": "300", "CAIRN_CHAIN_DEV_COMMIT_BLOCKS": "12",
               "CAIRN_CHAIN_DEV_REVEAL_BLOCKS": "240", "CAIRN_CHAIN_DEV_SETTLEMENT_BLOCKS": "240", "CAIRN_CHAIN_DEV_WITHDRAWAL_BLOCKS": "600",
               "CAIRN_CHAIN_POLL_MS": "100"}


def eventually(seconds, done):
    """Looks until done() is true; its last value."""
    until = time.monotonic() + seconds
    while not (value := done()) and time.monotonic() < until:
        time.sleep(0.2)
    return value


class LivePool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="cairn-monitoring.")
        cls.addClassCleanup(cls.folder.cleanup)
        root = Path(cls.folder.name)
        cls.state = root / "s"
        # The shipped configuration, looking often enough for a test.
        shutil.copytree(e.ROOT / "ops/prometheus", root / "prometheus")
        yml = root / "prometheus/prometheus.yml"
        yml.write_text(re.sub(r"_interval: \d+s", "_interval: 1s", yml.read_text()))
        # The machine need have no GPU: the loader finds a library that shows two made-up ones before NVIDIA's.
        environment = os.environ | ENVIRONMENT | {"CAIRN_PROMETHEUS_DIRECTORY": str(root / "prometheus"),
                                                  "LD_LIBRARY_PATH": str(BINARIES / "tests/gpu_stand_in")}
        cls.log = root / "up.log"
        cls.stderr = cls.enterClassContext(cls.log.open("w"))
        cls.up = subprocess.Popen([CAIRN, "up", "--config", e.ROOT / "ops/config/dev.yaml", "--state", cls.state,
                                   "--with-prometheus"], env=environment, stdout=subprocess.DEVNULL,
                                  stderr=cls.stderr)
        cls.addClassCleanup(cls.end)
        if not eventually(READY_S, lambda: (cls.state / "ready").exists() or cls.up.poll() is not None):
            raise RuntimeError("the pool is not ready in time")
        if cls.up.poll() is not None:
            raise RuntimeError(cls.log.read_text())
        cls.produce(2)

    @classmethod
    def produce(cls, sequences):
        lines = subprocess.run(["node", e.ROOT / "circuits/chain_step/make_sequences.mjs", "--sequences", str(sequences),
                                "--batches", "1,2", "--seed", "1"], capture_output=True, check=True).stdout
        done = subprocess.run([CAIRN, "produce", "--state", cls.state, "--open", "2", "--wait", "--timeout", str(RUN_S)],
                              input=lines, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout.decode() + done.stderr.decode())

    @classmethod
    def end(cls):
        if cls.up.poll() is None:
            cls.up.send_signal(signal.SIGTERM)
            cls.up.wait(STOP_S)

    def address(self, name):
        return (self.state / f"run/{name}.http").read_text().strip()

    def api(self, path, **parameters):
        url = f"http://{self.address('prometheus')}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def returns_data(self, expression):
        reply = self.api("query", query=expression)
        return reply["status"] == "success" and reply["data"]["result"]

    def targets(self):
        return self.api("targets")["data"]["activeTargets"]

    def test_every_process_is_scraped(self):
        served = {path.stem for path in (self.state / "run").glob("*.http")} - {"prometheus"}
        self.assertIn("up", served)
        self.assertIn("prove-w1", served)
        self.assertIn("resend-d0", served)
        self.assertTrue(eventually(DATA_S, lambda: {t["labels"]["process"] for t in self.targets()
                                                    if t["health"] == "up"} == served), self.targets())
        self.assertEqual({t["labels"]["pool"] for t in self.targets()}, {"dev"})

    def test_a_worker_beside_the_pool_is_found_and_forgotten(self):
        def scraped():
            return "prove-w9" in {t["labels"]["process"] for t in self.targets()}
        worker = subprocess.Popen([CAIRN, "worker", "--stage", "prove", "--state", self.state, "--name", "prove-w9"],
                                  stderr=subprocess.DEVNULL)
        try:
            self.assertTrue(eventually(DATA_S, scraped))
        finally:
            worker.terminate()
            worker.wait(STOP_S)
        self.assertTrue(eventually(DATA_S, lambda: not scraped()))

    def test_promtool_takes_what_every_process_serves(self):
        for target in self.targets():
            with urllib.request.urlopen(target["scrapeUrl"], timeout=60) as reply:
                text = reply.read()
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""), target["labels"]["process"])
            self.assertLess(len([line for line in text.splitlines() if not line.startswith(b"#")]), 2000)

    def test_every_expression_of_the_dashboards_returns_data(self):
        missing = dict(e.dashboard_expressions())
        for where, expression in missing.items():
            self.assertEqual(self.api("format_query", query=expression)["status"], "success", where)

        def all_there():
            for where, expression in list(e.dashboard_expressions()):
                if self.returns_data(expression):
                    missing.pop(where, None)
            return not missing
        eventually(DATA_S, all_there)
        self.assertEqual(missing, {})

    def test_a_gpu_is_one_line_however_many_workers_see_it(self):
        def lines(expression):
            return self.api("query", query=expression)["data"]["result"]
        busy = dict(e.dashboard_expressions("GPU busy"))["provers.json: GPU busy"]
        self.assertTrue(eventually(DATA_S, lambda: len(lines(busy)) == 2), lines(busy))
        self.assertEqual({line["metric"]["model"]: float(line["value"][1]) for line in lines(busy)},
                         {"Stand-in A": 0.37, "Stand-in B": 1})
        seen = {line["metric"]["process"] for line in lines("cairn_gpu_busy_ratio")}
        self.assertGreater(len(seen), 1)
        self.assertEqual({process.split("-")[0] for process in seen} & {"ingest", "hash_commit", "reveal", "resend"}, set())

    def test_every_rule_is_evaluated_and_finds_its_series(self):
        groups = self.api("rules")["data"]["groups"]
        rules = {rule["name"]: rule for group in groups for rule in group["rules"]}
        self.assertEqual(rules.keys(), {rule.get("record") or rule["alert"] for rule in e.rules()})
        self.assertTrue(eventually(DATA_S, lambda: {
            rule["health"] for group in self.api("rules")["data"]["groups"] for rule in group["rules"]} == {"ok"}))
        for rule in e.rules():
            # An alert finds nothing while all is well: each of its series must be there.
            for selector in [rule["record"]] if "record" in rule else e.selectors_in(rule["expr"]):
                if rule.get("alert") == "CairnNoTargets":
                    continue  # looks for what is not there
                with self.subTest(rule.get("record") or rule["alert"]):
                    self.assertTrue(eventually(DATA_S, lambda s=selector: self.returns_data(s)), selector)

    def test_nothing_fires(self):
        self.assertEqual(self.api("query", query='ALERTS{alertstate="firing"}')["data"]["result"], [])

    def test_zz_stops_with_the_pool(self):
        address = self.address("prometheus")
        self.up.send_signal(signal.SIGTERM)
        self.assertEqual(self.up.wait(STOP_S), 0, self.log.read_text())
        with self.assertRaises(OSError):
            urllib.request.urlopen(f"http://{address}/-/ready", timeout=5)
        self.assertFalse((self.state / "run/prometheus.http").exists())
        self.assertIn("See you next time", (self.state / "log/prometheus.log").read_text(), "it was killed")


if __name__ == "__main__":
    unittest.main()
