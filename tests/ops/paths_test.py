#!/usr/bin/env python3
"""A path that a script of ops is given is meant from where its user stands, not from the repository that it changes into. What
the scripts call are stand-ins."""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Each leaves its arguments and CAIRN_E2E_KEEP beside itself.
STAND_IN = """#!/bin/bash
printf '%s\\n' "$@" "keep=${CAIRN_E2E_KEEP:-}" >>"$0.saw"
"""
# `cairn up` is ready at once and goes on until it is told to end.
CAIRN = STAND_IN + """
[ "$1" = up ] || exit 0
while [ "$1" != --state ]; do shift; done
touch "$2/ready"
trap exit TERM
while :; do sleep 0.05; done
"""
SCENARIO = STAND_IN + "echo expected 1, found 1\n"
STAND_INS = {"ops/install": STAND_IN, "ops/build": STAND_IN, "build/release/bin/cairn": CAIRN, "build/release/tests/e2e_kill": SCENARIO,
             "contracts/forge": STAND_IN, "bin/ctest": STAND_IN}


class Paths(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cairn-ops-paths.")
        self.addCleanup(folder.cleanup)
        self.root, self.here = Path(folder.name) / "repository", Path(folder.name) / "user"
        for name, text in STAND_INS.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        (self.root / "tests/tidy").mkdir(parents=True)
        (self.root / "tests/tidy/tidy.py").touch()
        for name in ("demo", "chaos", "test"):
            shutil.copy(ROOT / "ops" / name, self.root / "ops" / name)
        self.here.mkdir()
        self.before = self.files()

    def files(self):
        return {path for path in self.root.rglob("*") if path.suffix != ".saw"}

    def run_here(self, script, *options, **environment):
        done = subprocess.run([self.root / "ops" / script, *options], cwd=self.here, capture_output=True, text=True, timeout=60, check=False,
                              env=os.environ | {"PATH": f"{self.root}/bin:{os.environ['PATH']}"} | environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.files(), self.before, "nothing of the user's is in the repository")

    def saw(self, program):
        return (self.root / (program + ".saw")).read_text().splitlines()

    def test_state_of_the_demo(self):
        for given, meant in (("pool", self.here / "pool"), ("a/b c", self.here / "a/b c"), (str(self.here / "absolute"), self.here / "absolute")):
            with self.subTest(given):
                self.run_here("demo", "--no-riscv", "--sequences", "0", "--state", given)
                self.assertTrue((meant / "lines.json").exists())
                self.assertTrue((meant / "ready").exists())
                self.assertIn(str(meant), self.saw("build/release/bin/cairn"))

    def test_logs_that_are_kept(self):
        for given, meant in (("kept", self.here / "kept"), (str(self.here / "absolute"), self.here / "absolute")):
            for script, options, program in (("chaos", ["worker-killed"], "build/release/tests/e2e_kill"), ("test", ["--quick"], "bin/ctest")):
                with self.subTest(script=script, given=given):
                    self.run_here(script, *options, CAIRN_E2E_KEEP=given)
                    self.assertEqual(self.saw(program)[-1], f"keep={meant}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
