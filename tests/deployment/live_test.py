#!/usr/bin/env python3
"""What a service manager hears from a real pool: that it is ready, that it lives, and that it stops. Needs
CAIRN_BINARY_DIR, redis-server, and anvil of node_modules."""
import os
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CAIRN = Path(os.environ["CAIRN_BINARY_DIR"]) / "bin/cairn"
START_S, BEAT_S, STOP_S = 240, 30, 90


class Notice(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cairn-notice.")
        self.addCleanup(folder.cleanup)
        self.state = Path(folder.name) / "s"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(f"{folder.name}/notify")
        environment = dict(os.environ, NOTIFY_SOCKET=f"{folder.name}/notify", WATCHDOG_USEC="4000000")
        self.pool = subprocess.Popen([CAIRN, "up", "--config", ROOT / "ops/config/dev.yaml", "--state", self.state],
                                     env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(self.end)

    def end(self):
        if self.pool.poll() is None:
            self.pool.terminate()
        try:
            self.pool.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.pool.kill()
            self.pool.wait()
        self.pool.stderr.close()

    def hear(self, seconds):
        self.manager.settimeout(seconds)
        return self.manager.recv(512).decode()

    def test_ready_alive_stopping(self):
        self.assertEqual(self.hear(START_S), "READY=1")
        self.assertTrue((self.state / "ready").exists(), "the pool is up by then")
        for _ in range(3):
            self.assertEqual(self.hear(BEAT_S), "WATCHDOG=1")
        children = [line.split()[0] for line in (self.state / "pids").read_text().splitlines()]
        self.assertGreater(len(children), 14)
        looked_at = 0
        for pid in children:
            try:
                environment = Path(f"/proc/{pid}/environ").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            looked_at += 1
            self.assertNotIn(b"NOTIFY_SOCKET=", environment, "a child is not the service")
        self.assertGreater(looked_at, 14)
        self.pool.send_signal(signal.SIGTERM)
        said = self.hear(BEAT_S)
        while said == "WATCHDOG=1":
            said = self.hear(BEAT_S)
        self.assertTrue(said.startswith("STOPPING=1\n"), said)
        self.assertEqual(self.pool.wait(STOP_S), 0)


if __name__ == "__main__":
    unittest.main()
