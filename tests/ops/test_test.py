#!/usr/bin/env python3
"""ops/test, with stand-ins for what it calls: which steps it takes, that any of them that fails fails the whole by name, also
what runs beside the others, and that a signal at any moment leaves no process behind."""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("CAIRN_SEED", random.randrange(1 << 32)))
END_S = 120
# Each says its name and arguments. STAND_IN_WAITS names those that then wait, each with a child in a session of its own, and
# STAND_IN_FAILS those that fail, once STAND_IN_AFTER has begun: patterns of their words.
STAND_IN = """#!/bin/bash
words="${0##*/} $*"
echo "$words" >>"$STAND_IN_LOG"
echo "output of $words"
if [[ $words =~ ${STAND_IN_WAITS:-^$} ]]; then setsid --wait sleep 600; fi
if [[ $words =~ ${STAND_IN_FAILS:-^$} ]]; then
  until [[ $(<"$STAND_IN_LOG") =~ ${STAND_IN_AFTER:-.} ]]; do sleep 0.05; done
  exit 7
fi
"""
STAND_INS = ("ops/install", "ops/build", "ops/demo", "contracts/forge", "bin/cmake", "bin/ctest", "tests/tidy/tidy.py",
             "build/release/tests/store_conformance_test")


class OpsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cairn-ops-test.")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in STAND_INS:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(STAND_IN)
            path.chmod(0o755)
            if path.suffix == ".py":
                path.rename(path.with_suffix(".bash"))
                path.write_text(f"import os\nos.execv('/bin/bash', ['{path}', '-c', '. {path.with_suffix('.bash')}', '{path}'])\n")
        self.script = self.root / "ops/test"
        shutil.copy(ROOT / "ops/test", self.script)
        self.log = self.root / "steps.log"
        self.log.touch()

    def start(self, *options, **environment):
        environment = os.environ | {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "STAND_IN_LOG": str(self.log)} | environment
        return subprocess.Popen([self.script, *options], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                start_new_session=True)

    def run_to_its_end(self, *options, **environment):
        process = self.start(*options, **environment)
        self.output, _ = process.communicate(timeout=END_S)
        self.steps = self.log.read_text().splitlines()
        return process.returncode

    def left(self):
        """Processes of this test: they know where to write."""
        out = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if f"STAND_IN_LOG={self.log}".encode() in (path / "environ").read_bytes().split(b"\0"):
                    out.append((path / "cmdline").read_bytes())
            except OSError:
                pass  # it has ended
        return out

    def test_takes_every_step_and_shows_what_ran_beside(self):
        self.assertEqual(self.run_to_its_end(), 0, self.output)
        for words in (r"install --tests", r"tidy\.py", r"forge test", r"build release", r"ctest .*release -LE e2e\|chaos",
                      r"ctest .*release -L e2e", r"ctest .*release -L chaos", r"demo ", r"cmake --build .*tsan", r"cmake --build .*fuzz .*fuzz_all",
                      r"ctest .*tsan -R .*prover_pcs_test", r"ctest .*fuzz -R .*reference_test", r"ctest .*fuzz -L fuzz"):
            self.assertEqual(len([step for step in self.steps if re.match(words, step)]), 1, (words, self.steps))
            self.assertRegex(self.output, "output of " + words)
        self.assertIn("== all passed", self.output)
        self.assertRegex(self.steps[-1], "-L fuzz", "on cores of its own")

    def test_quick_leaves_out_what_it_says(self):
        self.assertEqual(self.run_to_its_end("--quick"), 0, self.output)
        self.assertEqual([step.split()[0] for step in self.steps], ["install", "tidy.py", "forge", "build", "ctest"])

    def test_survival_hurts_more(self):
        self.assertEqual(self.run_to_its_end("--survival"), 0, self.output)
        self.assertIn("store_conformance_test --gtest_filter=StoreHistory.*", self.steps)

    def test_a_step_that_fails_fails_the_whole_by_name(self):
        for words, name in (("tidy.py", "tidy"), ("forge", "contracts"), ("^build", "build"), ("-LE", "tests"), ("-L e2e", "scenarios"),
                            ("-L chaos", "chaos"), ("^demo", "demo"), ("-L fuzz", "fuzz")):
            with self.subTest(name):
                self.assertNotEqual(self.run_to_its_end(STAND_IN_FAILS=words), 0)
                self.assertIn(f"== failed: {name} (", self.output)
                self.assertNotIn("all passed", self.output)
                self.assertEqual(self.left(), [])

    def test_what_fails_beside_a_step_ends_it_and_is_shown(self):
        for words in ("cmake --build --preset fuzz", "fuzz -R", "cmake --build --preset tsan", "tsan -R"):
            with self.subTest(words):
                self.assertNotEqual(self.run_to_its_end(STAND_IN_FAILS=words, STAND_IN_WAITS="-L e2e"), 0)
                self.assertIn("== failed: sanitized engine (", self.output)
                self.assertRegex(self.output, f"output of .*{words}")
                self.assertEqual(self.left(), [])

    def test_a_step_that_fails_ends_what_runs_beside(self):
        self.assertNotEqual(self.run_to_its_end(STAND_IN_FAILS="-L e2e", STAND_IN_AFTER="fuzz -R", STAND_IN_WAITS="fuzz -R"), 0)
        self.assertIn("== failed: scenarios (", self.output)
        self.assertEqual(self.left(), [])

    def test_a_signal_at_any_moment_leaves_nothing_and_says_so(self):
        dice = random.Random(SEED)
        for waits in ("tidy.py", "^build", "-LE", "-L e2e", "tsan", "fuzz", "-L e2e|fuzz -R", "-L chaos|tsan -R"):
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(waits=waits, number=number, seed=SEED):
                    self.log.write_text("")
                    process = self.start(STAND_IN_WAITS=waits)
                    until = time.monotonic() + END_S
                    while not re.search(waits, self.log.read_text(), re.M) and time.monotonic() < until:
                        time.sleep(dice.uniform(0, 0.02))
                    process.send_signal(number)
                    output, _ = process.communicate(timeout=END_S)
                    self.assertEqual(process.returncode, 128 + number, output)
                    self.assertIn("interrupted: nothing is left running", output)
                    self.assertEqual(self.left(), [])


if __name__ == "__main__":
    print(f"seed {SEED} (CAIRN_SEED repeats it)")
    sys.stdout.flush()
    unittest.main(verbosity=2)
