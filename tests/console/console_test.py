#!/usr/bin/env python3
"""The console of a real pool in a real browser: what it shows is what the pool does, by keyboard and by role, light and
dark, and only with the token where one is asked for; and `cairn status --watch` on a real terminal beside it. Needs CAIRN_BINARY_DIR, and Debian's chromium and chromium-driver."""
import fcntl
import json
import os
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from browser import ENTER, TAB, Browser, eventually

ROOT = Path(__file__).resolve().parents[2]
CAIRN = Path(os.environ["CAIRN_BINARY_DIR"]) / "bin/cairn"
READY_S, RUN_S, LOOK_S, STOP_S = 240, 240, 60, 90
# Windows long enough that a busy machine loses none, and that a browser sees them count down.
ENVIRONMENT = {"CAIRN_CHAIN_DEV_BLOCK_MS": "300", "CAIRN_CHAIN_DEV_COMMIT_BLOCKS": "40", "CAIRN_CHAIN_DEV_REVEAL_BLOCKS": "240",
               "CAIRN_CHAIN_DEV_SETTLEMENT_BLOCKS": "240", "CAIRN_CHAIN_DEV_WITHDRAWAL_BLOCKS": "600", "CAIRN_CHAIN_POLL_MS": "100"}
TOKEN = "correct-horse-battery-staple"


def fetch(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, dict(reply.headers), reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cairn-console.")
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        cls.state = cls.root / "s"
        cls.log = cls.enterClassContext((cls.root / "up.log").open("w+"))
        cls.up = subprocess.Popen([CAIRN, "up", "--config", ROOT / "ops/config/dev.yaml", "--state", cls.state],
                                  env=os.environ | ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=cls.log)
        cls.addClassCleanup(cls.end, cls.up)
        if not eventually(READY_S, lambda: (cls.state / "ready").exists() or cls.up.poll() is not None) or cls.up.poll() is not None:
            raise RuntimeError((cls.root / "up.log").read_text())
        cls.url = f"http://{(cls.state / 'run/console.http').read_text().strip()}/"
        cls.browser = Browser(cls.root / "profile")
        cls.addClassCleanup(cls.browser.close)

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_S)

    @classmethod
    def cairn(cls, *arguments, input=None):
        return subprocess.run([CAIRN, *arguments, "--state", cls.state], input=input, capture_output=True, text=True)

    def rows(self, css):
        return self.browser.run("return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(r => [...r.cells].map(c => c.innerText))", css)

    def produce(self, height, *, wait, **changes):
        sequence = json.loads(subprocess.run(["node", ROOT / "circuits/chain_step/make_sequences.mjs", "--sequences", "1", "--batches", "2",
                                              "--seed", "5", "--from", str(height)], capture_output=True, check=True, text=True).stdout)
        sequence |= changes
        done = self.cairn("produce", "--open", "2", *(["--wait", "--timeout", str(RUN_S)] if wait else []), input=json.dumps(sequence))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_shows_a_sequence_on_its_way_to_a_paid_reveal(self):
        self.browser.complaints()  # of the tests before
        self.browser.go(self.url)
        self.produce(100, wait=False)
        row = lambda: next((r for r in self.rows("#grid") if r[0] == "100–101"), None)
        self.assertTrue(eventually(LOOK_S, row))
        left, etas = [], set()

        def paid():
            cells = row()
            if window := re.search(r"commit, (\d+) blocks left", " ".join(cells)):
                left.append(int(window[1]))
            etas.add(cells[-1])
            return cells[1] == "verified"
        self.assertTrue(eventually(RUN_S, paid), row())
        self.assertEqual(left, sorted(left, reverse=True), "a window counts down")
        self.assertGreater(len(set(left)), 3)
        self.assertTrue(any(re.fullmatch(r"about \d.*", eta) for eta in etas), etas)
        self.assertEqual(row()[-1], "–")
        stages = {r[0]: r for r in self.rows("#stages")}
        status = json.loads(self.cairn("status", "--json").stdout)
        self.assertEqual(list(stages), ["ingest", "split", "prove", "aggregate", "hash_commit", "reveal", "resend"])
        self.assertEqual(stages["prove"][6], str(status["stages"]["prove"]["done_total"]))
        self.assertIn("prove-w0", [r[0] for r in self.rows("#workers")])
        self.assertRegex(self.browser.text("#summary"), r"of \d+ sequences under way .* block \d+")
        self.assertEqual(self.browser.complaints(), [])

    def test_shows_why_a_task_is_dead(self):
        self.produce(300, wait=False, claim="0x" + "5" * 64)
        self.browser.go(self.url)
        dead = lambda: next((r for r in self.rows("#dead") if r[0] == "300"), None)
        self.assertTrue(eventually(RUN_S, dead))
        (task,) = json.loads(self.cairn("dead", "list", "--json").stdout)
        self.assertEqual(dead(), ["300", task["stage"], task["task"], task["reason"]])
        self.assertGreater(len(task["reason"]), 10)
        self.assertIn("1 dead tasks", self.browser.text("#summary"))
        self.assertEqual(self.cairn("dead", "drop", "--all").returncode, 0)
        self.assertTrue(eventually(LOOK_S, lambda: not dead()))

    def test_status_takes_the_terminal_follows_its_size_and_gives_it_back(self):
        master, terminal = os.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, terminal)  # while it is open, what was written last can be read

        def resize(rows, columns):
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        seen = b""

        def shows(condition):
            """Reads what is drawn, until a whole page is as wanted."""
            def look():
                nonlocal seen
                while select.select([master], [], [], 0.1)[0]:
                    seen += os.read(master, 65536)
                pages = seen.decode(errors="replace").split("\x1b[H")
                return len(pages) > 2 and condition([re.sub(r"\x1b\[[\d;]*[mKJ]", "", line) for line in re.split(r"\r+\n", pages[-2])])
            return eventually(LOOK_S, look)
        resize(50, 160)
        watch = subprocess.Popen([CAIRN, "status", "--watch", "--state", self.state], stdout=terminal, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, watch)
        self.assertTrue(shows(lambda lines: any("hash_commit" in line for line in lines)), seen[-500:])
        self.assertTrue(seen.startswith(b"\x1b[?1049h"))
        resize(5, 30)
        self.assertTrue(shows(lambda lines: len(lines) == 5 and "more lines" in lines[-1] and max(map(len, lines)) <= 30), seen[-500:])
        resize(50, 160)
        self.assertTrue(shows(lambda lines: len(lines) > 5 and any("resend" in line for line in lines)), seen[-500:])
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(STOP_S), 0)
        shows(lambda lines: True)
        self.assertTrue(seen.endswith(b"\x1b[?25h\x1b[?1049l"), seen[-200:])

    def test_status_is_plain_elsewhere(self):
        watch = subprocess.Popen([CAIRN, "status", "--watch", "--state", self.state], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 text=True)
        self.addCleanup(watch.stdout.close)
        self.addCleanup(self.end, watch)
        lines = [watch.stdout.readline() for _ in range(5)]
        watch.send_signal(signal.SIGINT)
        lines += watch.stdout.read().splitlines()
        self.assertTrue(any("hash_commit" in line for line in lines), lines)
        self.assertNotIn("\x1b", "".join(lines))

    def test_can_be_used_with_the_keyboard_alone(self):
        self.produce(200, wait=True)
        self.browser.go(self.url)
        self.assertTrue(eventually(LOOK_S, lambda: any(r[0] == "200–201" for r in self.rows("#grid"))))
        active = lambda: self.browser.run("return document.activeElement.innerText")
        for _ in range(20):
            self.browser.press(TAB)
            if active() == "200–201":
                break
        self.assertEqual(active(), "200–201")
        self.browser.press(ENTER)
        self.assertEqual(active(), "Sequence 200–201")
        self.assertIn("groth16", self.browser.text("#detail dl"))
        looks = self.browser.text("#summary")
        self.browser.run("document.querySelector('#grid button').focus()")
        eventually(LOOK_S, lambda: self.browser.text("#summary") != looks)
        self.assertEqual(self.browser.run("return document.activeElement.tagName"), "BUTTON", "a refresh takes the focus away")

    def test_says_to_a_screen_reader_what_is_what(self):
        self.browser.go(self.url)
        eventually(LOOK_S, lambda: self.rows("#stages"))
        self.assertEqual(self.browser.role("#summary"), "status")
        self.assertEqual(self.browser.role("#stages"), "table")
        self.assertEqual(self.browser.role("#stages thead th"), "columnheader")
        self.assertEqual(self.browser.role("#stages tbody th"), "rowheader")
        self.assertEqual(self.browser.label("main section .scroll"), "Stages")
        self.assertEqual(self.browser.run("return document.documentElement.lang"), "en")

    def test_is_light_and_dark_with_contrast(self):
        self.browser.go(self.url)
        eventually(LOOK_S, lambda: self.rows("#stages"))
        papers = []
        for scheme in ("light", "dark"):
            self.browser.prefer(scheme)
            for css in ("body", "#summary", "h2", ".note"):
                ink, paper = self.browser.run("""const c = (e, p) => getComputedStyle(e)[p];
                    return [c(document.querySelector(arguments[0]), 'color'), c(document.body, 'backgroundColor')]""", css)
                self.assertGreaterEqual(contrast(ink, paper), 4.5, (scheme, css))
            papers.append(paper)
        self.assertNotEqual(*papers)

    def test_asks_for_the_token(self):
        token = self.root / "token"
        token.write_text(TOKEN + "\n")
        console = subprocess.Popen([CAIRN, "console", "--state", self.state, "--listen", "0.0.0.0:0", "--token-file", token],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(console.stdout.close)
        self.addCleanup(self.end, console)
        url = console.stdout.readline().split()[-1].replace("0.0.0.0", "127.0.0.1")
        for wrong in (None, "", TOKEN[:-1], TOKEN + "x"):
            status, headers, body = fetch(url + "api/pool", wrong)
            self.assertEqual((status, headers.get("WWW-Authenticate")), (401, "Bearer"), wrong)
            self.assertNotIn("stages", body)
        self.assertTrue(eventually(LOOK_S, lambda: "stages" in fetch(url + "api/pool", TOKEN)[2]))
        self.browser.go(url)
        self.assertTrue(eventually(LOOK_S, lambda: self.browser.run("return !document.getElementById('login').hidden")))
        self.assertTrue(self.browser.run("return document.getElementById('main').hidden"))
        self.assertIn("console.token_file", self.browser.label("#token"))
        self.browser.run("document.getElementById('token').focus()")
        self.browser.press(*TOKEN, ENTER)
        self.assertTrue(eventually(LOOK_S, lambda: not self.browser.run("return document.getElementById('main').hidden")))

    def test_is_refused_beyond_loopback_without_a_token(self):
        done = self.cairn("console", "--listen", "0.0.0.0:0")
        self.assertEqual(done.returncode, 78)
        self.assertIn("console.token_file", done.stderr)

    def test_changes_nothing_and_loads_nothing_from_elsewhere(self):
        status, headers, page = fetch(self.url)
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotRegex(page, r"https?://")
        request = urllib.request.Request(self.url + "api/pool", data=b"{}", method="POST")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=60)
        self.assertEqual(refused.exception.code, 405)
        refused.exception.close()


def contrast(ink, paper):
    """Of two CSS rgb() colours: WCAG 2.2, 1.4.3."""
    def luminance(css):
        channels = [int(c) / 255 for c in css[css.index("(") + 1:-1].split(",")[:3]]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


if __name__ == "__main__":
    unittest.main(verbosity=2)
