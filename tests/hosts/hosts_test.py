#!/usr/bin/env python3
"""A pool over four hosts: Redis on one, dispatchers on another, workers on two more; every link between them is CURVE, and
Redis asks for user and password. Work is proven and paid; a host that is cut off loses its leases and nothing else; a worker
with a wrong key is refused and counted, and so are strangers; no log holds a secret. Needs root, and CAIRN_BINARY_DIR."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from network import Network

ROOT = Path(__file__).resolve().parents[2]
CAIRN = Path(os.environ["CAIRN_BINARY_DIR"]) / "bin/cairn"
READY_S, RUN_S, STOP_S, LEASE_MS = 240, 300, 90, 3000
FAR = ["split", "prove", "aggregate"]  # stages whose workers are on other hosts
ENVIRONMENT = {"CAIRN_CHAIN_DEV_BLOCK_MS": "300", "CAIRN_CHAIN_DEV_COMMIT_BLOCKS": "12", "CAIRN_CHAIN_DEV_REVEAL_BLOCKS": "400",
               "CAIRN_CHAIN_DEV_SETTLEMENT_BLOCKS": "400", "CAIRN_CHAIN_DEV_WITHDRAWAL_BLOCKS": "900", "CAIRN_CHAIN_POLL_MS": "100",
               "CAIRN_STORE_LEASE_MS": str(LEASE_MS)}
POOL_PASSWORD, VIEW_PASSWORD = "pool-pool-pool-pool", "view-view-view-view"


def eventually(seconds, done):
    """Looks until done() is true; its last value."""
    until = time.monotonic() + seconds
    while not (value := done()) and time.monotonic() < until:
        time.sleep(0.1)
    return value


class Hosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cairn-hosts.")
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        cls.network = Network()
        cls.addClassCleanup(cls.network.close)
        for host in ("store", "heads", "left", "right"):
            cls.network.add(host)
        cls.running = []
        cls.addClassCleanup(cls.end_all)
        cls.start_redis()
        for name in ("dispatcher", "worker", "stranger"):
            subprocess.run([CAIRN, "keys", cls.root / name], check=True, capture_output=True)
        cls.allow("dispatcher.allowed", "worker")
        cls.allow("worker.allowed", "dispatcher")
        cls.start_heads()
        for host in ("left", "right"):
            cls.start_workers(host)

    @classmethod
    def start(cls, host, name, argv, **environment):
        log = cls.enterClassContext((cls.root / f"{name}.log").open("w"))
        process = subprocess.Popen(cls.network.on(host, argv), env=os.environ | ENVIRONMENT | environment, stdout=log, stderr=log)
        cls.running.append((name, process))
        return process

    @classmethod
    def end_all(cls):
        for _, process in reversed(cls.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_S)

    @classmethod
    def allow(cls, file, *names):
        (cls.root / file).write_text("".join((cls.root / f"{name}.public").read_text() for name in names))

    @classmethod
    def links(cls, own, peer):
        return {"CAIRN_LINKS_PUBLIC_KEY_FILE": str(cls.root / f"{own}.public"), "CAIRN_LINKS_SECRET_KEY_FILE": str(cls.root / f"{own}.secret"),
                "CAIRN_LINKS_SERVER_KEY_FILE": str(cls.root / f"{peer}.public"), "CAIRN_LINKS_ALLOWED_KEYS_FILE": str(cls.root / f"{own}.allowed")}

    @classmethod
    def start_redis(cls):
        """As operations and security tell to run it."""
        users = (ROOT / "ops/redis/users.acl").read_text().replace("{cairn:main}", "{cairn:dev}")
        users = users.replace("REPLACE-BY-A-LONG-PASSWORD", POOL_PASSWORD).replace("REPLACE-BY-ANOTHER-PASSWORD", VIEW_PASSWORD)
        (cls.root / "users.acl").write_text(users)
        (cls.root / "redis").mkdir()
        cls.start("store", "redis", ["redis-server", "--bind", cls.network.hosts["store"], "--port", "6379", "--protected-mode", "no",
                                     "--dir", cls.root / "redis", "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
                                     "--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--aclfile", cls.root / "users.acl"])
        password = cls.root / "redis-password"
        password.write_text(POOL_PASSWORD + "\n")
        password.chmod(0o600)
        ENVIRONMENT.update({"CAIRN_REDIS_ADDRESS": cls.network.hosts["store"] + ":6379", "CAIRN_REDIS_USER": "cairn-pool",
                            "CAIRN_REDIS_PASSWORD_FILE": str(password)})

    @classmethod
    def start_heads(cls):
        """The pool's own processes, and for each far stage a dispatcher that other hosts reach."""
        cls.state = cls.root / "heads"
        cls.up = cls.start("heads", "up", [CAIRN, "up", "--config", ROOT / "ops/config/dev.yaml", "--state", cls.state,
                                           *(word for stage in FAR for word in ("--workers", f"{stage}=0"))])
        if not eventually(READY_S, lambda: (cls.state / "ready").exists() or cls.up.poll() is not None) or cls.up.poll() is not None:
            raise RuntimeError((cls.root / "up.log").read_text())
        cls.endpoints = {}
        for number, stage in enumerate(FAR):
            cls.endpoints[stage] = f"tcp://{cls.network.hosts['heads']}:{7000 + number}"
            cls.start("heads", f"{stage}-far", [CAIRN, "dispatch", "--stage", stage, "--state", cls.state, "--name", f"{stage}-far",
                                               "--listen", cls.endpoints[stage]], **cls.links("dispatcher", "worker"))

    @classmethod
    def start_workers(cls, host):
        state = cls.root / host
        (state / "run").mkdir(parents=True)
        pool = json.loads((cls.state / "pool.json").read_text()) | {"state": str(state), "run": str(state / "run")}
        (state / "pool.json").write_text(json.dumps(pool))
        for number, stage in enumerate(FAR):
            cls.start_worker(host, f"{host}-{stage}", stage, 7100 + number, cls.links("worker", "dispatcher"))

    @classmethod
    def start_worker(cls, host, name, stage, port, links):
        return cls.start(host, name, [CAIRN, "worker", "--stage", stage, "--state", cls.root / host, "--name", name, "--dispatcher",
                                      cls.endpoints[stage], "--listen", f"tcp://{cls.network.hosts[host]}:{port}"], **links)

    def cairn(self, *arguments, input=None):
        return subprocess.run(self.network.on("heads", [CAIRN, *arguments, "--state", self.state]), input=input, capture_output=True,
                              text=True, env=os.environ | ENVIRONMENT)

    def sequences(self, count, first):
        return subprocess.run(["node", ROOT / "circuits/chain_step/make_sequences.mjs", "--sequences", str(count), "--batches", "1,3",
                               "--seed", "7", "--from", str(first)], capture_output=True, check=True, text=True).stdout

    def expect_paid(self, done, count):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        summary = json.loads(done.stdout.splitlines()[-1])
        self.assertTrue(summary["ok"])
        self.assertEqual([s["status"] for s in summary["sequences"]], ["verified"] * count)

    def workers_of(self, first):
        explained = json.loads(self.cairn("explain", str(first), "--json").stdout)
        return {task["worker"].split("-")[0] for task in explained[0]["tasks"] if task["stage"] in FAR}

    def test_1_work_is_proven_on_the_far_hosts_and_paid(self):
        done = self.cairn("produce", "--open", "2", "--wait", "--json", "--timeout", str(RUN_S), input=self.sequences(4, 1))
        self.expect_paid(done, 4)
        hosts = set().union(*(self.workers_of(first) for first in (1, 2, 5, 6)))
        self.assertEqual(hosts, {"left", "right"})

    def expect_paid_although_cut_off(self, host, first):
        """Work is under way when the link goes down, for longer than a lease. All of it is paid, and nothing is left behind."""
        produce = subprocess.Popen(self.network.on("heads", [CAIRN, "produce", "--open", "2", "--wait", "--json", "--timeout", str(RUN_S),
                                                             "--state", self.state]),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT)
        produce.stdin.write(self.sequences(6, first))
        produce.stdin.close()
        leased = lambda: json.loads(self.cairn("status", "--json").stdout)["stages"]["prove"]["leased"]
        self.assertTrue(eventually(RUN_S, leased))
        self.network.link(host, "down")
        time.sleep(2 * LEASE_MS / 1000)
        self.network.link(host, "up")
        out, err = produce.stdout.read(), produce.stderr.read()
        produce.stdout.close()
        produce.stderr.close()
        self.expect_paid(subprocess.CompletedProcess([], produce.wait(), out, err), 6)
        stages = json.loads(self.cairn("status", "--json").stdout)["stages"]
        print(f"\nthe pool: expected 6 verified and paid, found {out.count('verified')}; "
              f"{sum(s['leases_lost_total'] for s in stages.values())} leases lost")
        self.assertEqual(sum(s["dead"] for s in stages.values()), 0, stages)
        # Of ingest one task never ends: following the contract.
        self.assertEqual(sum(s[state] for name, s in stages.items() if name != "ingest" for state in ("leased", "ready")), 0, stages)

    def test_2_a_host_that_is_cut_off_costs_its_leases_and_nothing_else(self):
        self.expect_paid_although_cut_off("left", 100)

    def test_2_a_store_that_is_cut_off_is_waited_for(self):
        self.expect_paid_although_cut_off("store", 120)

    def test_2_dispatchers_that_are_cut_off_from_store_and_workers_go_on(self):
        self.expect_paid_although_cut_off("heads", 140)

    def refused(self, stage):
        address = (self.state / f"run/{stage}-far.http").read_text().strip()
        page = subprocess.run(self.network.on("heads", [sys.executable, "-c", "import sys,urllib.request;print(urllib.request.urlopen(sys.argv[1]).read().decode())",
                                                        f"http://{address}/metrics"]), capture_output=True, text=True, check=True).stdout
        return float(re.search(r'^cairn_links_refused_total\{stage="prove"\} (\S+)', page, re.M)[1])

    def say(self, host, words):
        """A stranger on `host` says words to the far dispatcher of prove, and waits until it hangs up."""
        address, port = self.endpoints["prove"].removeprefix("tcp://").split(":")
        subprocess.run(self.network.on(host, [sys.executable, "-c",
            "import socket,sys\ns = socket.create_connection((sys.argv[1], int(sys.argv[2])), 30)\ns.sendall(bytes.fromhex(sys.argv[3]))\n"
            "try:\n  while s.recv(4096): pass\nexcept ConnectionResetError: pass", address, port, words.hex()]), check=True, timeout=READY_S)

    def test_3_strangers_and_a_worker_with_a_wrong_key_are_refused_and_counted(self):
        greeting = (b"\xff" + bytes(7) + b"\x01\x7f\x03\x01CURVE").ljust(64, b"\0")
        for words in (greeting + b"\x06" + (2**31 - 1).to_bytes(8, "big") + b"x" * 10_000,  # an oversized handshake
                      (greeting + b"\x04\xc8\x05HELLO\x01\0").ljust(266, b"Z"), b"GET / HTTP/1.1\r\n\r\n".ljust(80)):
            before = self.refused("prove")
            self.say("right", words)
            self.assertTrue(eventually(READY_S, lambda: self.refused("prove") > before), words[:80])
        before = self.refused("prove")
        self.allow("stranger.allowed", "dispatcher")
        stranger = self.start_worker("right", "stranger", "prove", 7200, self.links("stranger", "dispatcher"))
        self.assertTrue(eventually(READY_S, lambda: self.refused("prove") > before))
        self.expect_paid(self.cairn("produce", "--open", "2", "--wait", "--json", "--timeout", str(RUN_S), input=self.sequences(1, 200)), 1)
        self.assertEqual(self.workers_of(200) & {"stranger"}, set())
        self.assertIsNone(stranger.poll())

    def test_4_beyond_loopback_nothing_listens_without_keys(self):
        done = subprocess.run(self.network.on("heads", [CAIRN, "dispatch", "--stage", "prove", "--state", self.state, "--name", "open",
                                                        "--listen", f"tcp://{self.network.hosts['heads']}:7300"]),
                              capture_output=True, text=True, env=os.environ | ENVIRONMENT, timeout=READY_S)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("link keys", done.stderr)

    def test_5_no_log_holds_a_secret(self):
        secrets = {path.name: path.read_text().split()[0] for path in (*self.root.glob("*.secret"), self.root / "redis-password",
                                                                      *(self.state / "keys").glob("*.pass"))}
        self.assertEqual({"dispatcher.secret", "worker.secret", "stranger.secret", "redis-password", "prover.pass"} - secrets.keys(), set())
        logs = [*self.root.glob("*.log"), *(self.state / "log").glob("*.log")]
        self.assertGreater(len(logs), 20)
        for log in logs:
            text = log.read_text(errors="replace")
            for name, secret in secrets.items():
                self.assertGreaterEqual(len(secret), 16)
                self.assertNotIn(secret, text, f"{name} in {log.name}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
