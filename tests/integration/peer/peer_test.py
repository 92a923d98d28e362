#!/usr/bin/env python3
"""bench/peer/run measures what it says, in its short form: both systems where BullMQ is installed, else
Cairn alone. The program itself checks that each task is done once, and that a join has all its inputs.
Needs CAIRN_BINARY_DIR and redis-server."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RUN = ROOT / "bench/peer/run"
INSTALLED = (ROOT / "bench/peer/node_modules/bullmq/package.json").exists()
NOT_INSTALLED, RUN_S = 69, 240
CASES = [("single", 0), ("flow", 1)]


def run(*options, **environment):
    return subprocess.run([RUN, *options], env=dict(os.environ, **environment), capture_output=True, text=True,
                          timeout=RUN_S, check=False)


class Peer(unittest.TestCase):
    def test_both_measurements_of_every_system(self):
        systems = ["cairn", "bullmq"] if INSTALLED else ["cairn"]
        options = [] if INSTALLED else ["--only", "cairn"]
        done = run("--quick", "--json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        setting = lines.pop(0)
        self.assertEqual(setting["kind"], "setting")
        self.assertEqual(bool(setting["bullmq"]), INSTALLED)

        def find(kind, shape, work_ms, system=None):
            found = [x for x in lines if x["kind"] == kind and x["shape"] == shape and x["work_ms"] == work_ms
                     and x.get("system") == system]
            self.assertEqual(len(found), 1, (kind, shape, work_ms, system))
            return found[0]

        self.assertEqual({(x["shape"], x["work_ms"]) for x in lines}, set(CASES))
        for case in CASES:
            rates, p99s = {}, {}
            for system in systems:
                saturated = find("saturated", *case, system)
                self.assertEqual(saturated["tasks"], 600)
                self.assertGreater(saturated["tasks_per_second"], 0)
                self.assertAlmostEqual(saturated["tasks_per_second"] * saturated["seconds"], 600, delta=0.01)
                half = find("half_load", *case, system)
                # A task that waits takes that long at least; a flow has three of them in a row.
                self.assertGreater(half["p50_ms"], case[1] * (3 if case[0] == "flow" else 1))
                self.assertLessEqual(half["p50_ms"], half["p99_ms"])
                self.assertLessEqual(half["p99_ms"], half["max_ms"])
                rates[system], p99s[system] = saturated["tasks_per_second"], half["p99_ms"]
            offered = find("half_load", *case, "cairn")["offered_tasks_per_second"]
            self.assertAlmostEqual(offered, min(rates.values()) / 2, places=3)
            if not INSTALLED:
                continue
            ratio = find("ratio", *case)
            for key, expected in (("tasks_per_second", rates["cairn"] / rates["bullmq"]),
                                  ("p99", p99s["bullmq"] / p99s["cairn"])):
                for part in ("median", "min", "max"):
                    self.assertAlmostEqual(ratio[key][part], expected, places=6)

    def test_says_how_to_install_what_is_missing(self):
        with tempfile.TemporaryDirectory() as empty:
            done = run("--quick", CAIRN_SOURCE_DIR=empty)
        self.assertEqual(done.returncode, NOT_INSTALLED)
        self.assertIn("ops/install --peer", done.stderr)


if __name__ == "__main__":
    unittest.main()
