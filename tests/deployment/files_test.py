#!/usr/bin/env python3
"""Checks ops/systemd, ops/docker, ops/compose and ops/k8s, which nothing runs here. Needs CAIRN_BINARY_DIR, and Debian's
packages systemd and python3-yaml."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CAIRN = Path(os.environ["CAIRN_BINARY_DIR"]) / "bin/cairn"
UNITS, COMPOSE, K8S = ROOT / "ops/systemd", ROOT / "ops/compose", ROOT / "ops/k8s"
STAGES = {"ingest", "split", "prove", "aggregate", "hash_commit", "reveal", "resend"}
EXIT_UNREACHABLE = 69


def run(*argv, **options):
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True, **options)


def options_of(command):
    """The options of `cairn COMMAND`, by its own help; empty when there is no such command."""
    done = run(CAIRN, command, "--help")
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", done.stdout, re.M)) if done.returncode == 0 else set()


def objects(path):
    return [o for o in yaml.safe_load_all(path.read_text()) if o is not None]


class CairnCommands(unittest.TestCase):
    """For the tests below: a command line as a list of words, without the program."""

    def check_command(self, words):
        command, rest = words[0], words[1:]
        known = options_of(command)
        self.assertTrue(known, f"no command: cairn {command}")
        for word in rest:
            if word.startswith("--"):
                self.assertIn(word.partition("=")[0], known, f"cairn {command}")
        if "--stage" in rest:
            stage = rest[rest.index("--stage") + 1]
            self.assertTrue(stage in STAGES or stage == "${STAGE}", stage)

    def check_pool(self, pool_json, config):
        """The program reads both files, and finds nothing wrong but that no Redis is there."""
        with tempfile.TemporaryDirectory(prefix="cairn-deployment.") as state:
            pool = json.loads(pool_json.read_text())
            self.assertEqual(set(pool["dispatchers"]), STAGES)
            password = Path(state) / "password"
            password.write_text("x\n")
            text = re.sub(r"(?m)^(  password_file:) /\S*redis\S*$", rf"\1 {password}", config.read_text())
            (Path(state) / "cairn.yaml").write_text(text)
            pool.update(state=state, run=state, config=f"{state}/cairn.yaml", redis=f"unix:{state}/none.sock")
            (Path(state) / "pool.json").write_text(json.dumps(pool))
            done = run(CAIRN, "status", "--state", state)
            self.assertEqual(done.returncode, EXIT_UNREACHABLE, done.stderr)
        self.assertEqual(yaml.safe_load(config.read_text())["redis"]["address"], json.loads(pool_json.read_text())["redis"])

    def longest_grace_s(self, config):
        return max(stage.get("grace_ms", 10_000) for stage in yaml.safe_load(config.read_text())["stages"].values()) / 1000


class Systemd(CairnCommands):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="cairn-units.")
        self.addCleanup(self.folder.cleanup)
        self.units = {}
        for unit in sorted(UNITS.glob("*.service")):
            # The program and its man pages where they are here; an instance of each template.
            text = unit.read_text().replace("/usr/bin/cairn", str(CAIRN))
            text = re.sub(r"(?m)^Documentation=.*\n", "", text)
            copy = Path(self.folder.name) / unit.name.replace("@.", "@x.")
            copy.write_text(text)
            self.units[unit.name] = copy

    def test_systemd_takes_them(self):
        self.assertEqual(set(self.units), {"cairn.service", "cairn-dispatch@.service", "cairn-worker@.service"})
        for name, copy in self.units.items():
            done = run("systemd-analyze", "verify", "--man=no", copy)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), name)

    def test_they_are_hardened(self):
        for name, copy in self.units.items():
            done = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", copy)
            self.assertEqual(done.returncode, 0, name + done.stdout[-300:] + done.stderr)

    def test_they_tell_the_manager_how_they_do(self):
        for unit in UNITS.glob("*.service"):
            text = unit.read_text()
            for line in ("Type=notify", "NotifyAccess=main", "WatchdogSec=30", "RestartPreventExitStatus=78", "User=cairn"):
                self.assertIn(line + "\n", text, unit.name)
            stop = int(re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)[1])
            self.assertGreaterEqual(stop, 45, unit.name)
            self.assertIn("KillMode=mixed\n" if unit.name == "cairn.service" else "ExecStart=", text)

    def test_their_commands_exist(self):
        for unit in UNITS.glob("*.service"):
            line = re.search(r"^ExecStart=/usr/bin/cairn (.*)$", unit.read_text(), re.M)[1]
            self.check_command(line.split())
            used = set(re.findall(r"\$\{(\w+)\}", line))
            told = set(re.findall(r"^#   (\w+)=", unit.read_text(), re.M))
            self.assertEqual(used, told, f"{unit.name}: variables of the command and of its head")


class Docker(CairnCommands):
    text = (ROOT / "ops/docker/Dockerfile").read_text()

    def test_stages_and_user(self):
        stages = re.findall(r"^FROM (\S+) AS (\w+)$", self.text, re.M)
        self.assertEqual([name for _, name in stages], ["build", "cpu", "cuda"])
        for base, _ in stages:
            self.assertTrue(base in dict((n, b) for b, n in stages) or re.fullmatch(r"debian:12-slim", base), base)
        self.assertRegex(self.text, r"(?m)^USER 10001:10001$")
        self.assertRegex(self.text, r'(?m)^ENTRYPOINT \["/usr/bin/cairn"\]$')

    def test_what_is_copied_is_there(self):
        for source in re.findall(r"^COPY --from=build /src/(\S+) ", self.text, re.M):
            made = source.startswith("build/") or source.startswith("node_modules")
            self.assertTrue(made or (ROOT / source).exists(), source)
        self.assertIn("ops/install && ops/build release cairn", self.text)
        for script in ("ops/install", "ops/build", "ops/share"):
            self.assertTrue(os.access(ROOT / script, os.X_OK), script)

    def test_the_libraries_of_the_program_are_installed(self):
        needed = re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", CAIRN).stdout)
        self.assertGreater(len(needed), 8)
        given = set(self.text.split())
        base = {"libc6", "libgcc-s1", "libstdc++6", "libzstd1", "zlib1g"}  # of the image, or of what is installed
        for library in needed:
            owners = {line.split(":")[0] for line in run("dpkg", "-S", f"*/{library}").stdout.splitlines()}
            if owners & base or library.startswith(("ld-linux", "libasan", "libubsan")):
                continue
            self.assertTrue(owners & given, f"{library} is of {owners}")

    def test_no_secret_is_sent_to_the_builder(self):
        ignored = (ROOT / "ops/docker/Dockerfile.dockerignore").read_text().split("\n")
        for name in (".git", "build*", "node_modules", ".cairn*", "**/*.secret", "**/*.pass"):
            self.assertIn(name, ignored)


class Compose(CairnCommands):
    @classmethod
    def setUpClass(cls):
        cls.file = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
        cls.services = cls.file["services"]
        cls.cairn = {n: s for n, s in cls.services.items() if s["image"].startswith("cairn:")}

    def test_every_stage_has_a_dispatcher_and_workers(self):
        commands = [s["command"] for s in self.cairn.values()]
        for role in ("dispatch", "worker"):
            self.assertEqual({c[c.index("--stage") + 1] for c in commands if c[0] == role}, STAGES)
        for command in commands:
            self.check_command(command)
        for name, service in self.cairn.items():
            words = " ".join(service.get("entrypoint", []))
            for flag in re.findall(r"--[\w-]+", words):
                self.assertIn(flag, options_of(service["command"][0]), name)

    def test_what_is_named_is_there(self):
        for kind in ("configs", "secrets", "networks", "volumes"):
            used = set()
            for service in self.services.values():
                for item in service.get(kind, []):
                    name = item["source"] if isinstance(item, dict) else item.split(":")[0]
                    if kind == "volumes" and name.startswith("."):
                        self.assertTrue((COMPOSE / name).exists(), name)
                    else:
                        used.add(name)
            self.assertEqual(used, set(self.file[kind]), kind)
        for config in self.file["configs"].values():
            self.assertTrue((COMPOSE / config["file"]).exists(), config)
        for secret in self.file["secrets"].values():
            self.assertIn(secret["file"], (COMPOSE / "README.md").read_text())
        for service in self.services.values():
            for other in service.get("depends_on", {}):
                self.assertIn("healthcheck", self.services[other])

    def test_grafana_serves_the_runbooks_that_the_dashboards_link_to(self):
        folder = re.search(r'^RUNBOOKS = "/public/([\w-]+)/"', (ROOT / "grafana/generate.py").read_text(), re.M)[1]
        self.assertIn(f"../runbooks:/usr/share/grafana/public/{folder}:ro", self.services["grafana"]["volumes"])

    def test_processes_are_confined_and_drain(self):
        grace = self.longest_grace_s(COMPOSE / "cairn.yaml")
        for name, service in self.cairn.items():
            self.assertTrue(service["read_only"], name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertIn("no-new-privileges:true", service["security_opt"], name)
            self.assertGreater(int(service["stop_grace_period"].rstrip("s")), grace + 10, name)
            self.assertNotIn("ports", service, "nothing but Grafana is published")
        for name, service in self.services.items():
            self.assertNotRegex(service["image"], r":latest$|^[^:]+$", name)

    def test_only_stages_that_sign_hold_the_key(self):
        holders = {s["command"][2] for s in self.cairn.values() if "prover_keystore" in s["secrets"]}
        self.assertEqual(holders, {"hash_commit", "reveal", "resend"})

    def test_the_program_reads_configuration_and_pool(self):
        self.check_pool(COMPOSE / "pool.json", COMPOSE / "cairn.yaml")
        for stage, (endpoint,) in json.loads((COMPOSE / "pool.json").read_text())["dispatchers"].items():
            host = re.fullmatch(r"tcp://([\w-]+):7000", endpoint)[1]
            self.assertEqual(self.services[host]["command"][:3], ["dispatch", "--stage", stage])

    def test_prometheus_scrapes_every_process(self):
        config = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())
        self.assertEqual(set(config["scrape_configs"][0]["dns_sd_configs"][0]["names"]), set(self.cairn))


class Kubernetes(CairnCommands):
    @classmethod
    def setUpClass(cls):
        base = yaml.safe_load((K8S / "base/kustomization.yaml").read_text())
        cls.base = base
        cls.objects = [o for name in base["resources"] for o in objects(K8S / "base" / name)]
        cls.scaled = objects(K8S / "components/keda/scaling.yaml")
        cls.workloads = [o for o in cls.objects if o["kind"] in ("Deployment", "StatefulSet")]
        cls.cairn = [w for w in cls.workloads if cls.labels(w).get("app.kubernetes.io/name") == "cairn"]

    @staticmethod
    def labels(workload):
        return workload["spec"]["template"]["metadata"]["labels"]

    def selected(self, selector):
        wanted = selector.get("matchLabels", selector if "matchLabels" not in selector else {}).items()
        return [w for w in self.workloads if wanted <= self.labels(w).items()]

    def of_kind(self, kind):
        return [o for o in self.objects if o["kind"] == kind]

    def test_generated_files_are_what_the_script_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            run(sys.executable, K8S / "generate.py", folder, check=True)
            for made in Path(folder).rglob("*.*"):
                self.assertEqual(made.read_text(), (K8S / made.relative_to(folder)).read_text(), made.name)

    def test_objects_have_kind_and_name_and_are_told_apart(self):
        seen = set()
        for o in self.objects + self.scaled:
            self.assertTrue(o["apiVersion"] and o["metadata"]["name"])
            self.assertRegex(o["metadata"]["name"], r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
            key = (o["kind"], o["metadata"]["name"])
            self.assertNotIn(key, seen)
            seen.add(key)

    def test_every_folder_names_files_that_exist(self):
        for file in K8S.rglob("kustomization.yaml"):
            text = yaml.safe_load(file.read_text())
            for name in text.get("resources", []) + text.get("components", []):
                self.assertTrue((file.parent / name).exists(), f"{file}: {name}")
            for generator in text.get("configMapGenerator", []):
                for name in generator["files"]:
                    self.assertTrue((file.parent / name).exists(), f"{file}: {name}")

    def test_every_stage_has_a_dispatcher_and_workers(self):
        for role, command in (("dispatcher", "dispatch"), ("worker", "worker")):
            stages = set()
            for w in self.cairn:
                args = w["spec"]["template"]["spec"]["containers"][0]["args"]
                self.check_command(args)
                if self.labels(w)["app.kubernetes.io/component"] == role:
                    self.assertEqual(args[:2], [command, "--stage"])
                    self.assertEqual(args[2], self.labels(w)["cairn.dev/stage"])
                    stages.add(args[2])
            self.assertEqual(stages, STAGES)

    def test_workloads_are_consistent(self):
        maps = {g["name"] for g in self.base["configMapGenerator"]} | {m["metadata"]["name"] for m in self.of_kind("ConfigMap")}
        for w in self.workloads:
            name, pod = w["metadata"]["name"], w["spec"]["template"]["spec"]
            self.assertTrue(w["spec"]["selector"]["matchLabels"].items() <= self.labels(w).items(), name)
            volumes = {v["name"]: v for v in pod["volumes"]}
            claims = {c["metadata"]["name"] for c in w["spec"].get("volumeClaimTemplates", [])}
            for v in volumes.values():
                if "configMap" in v:
                    self.assertIn(v["configMap"]["name"], maps, name)
            for c in pod["containers"] + pod.get("initContainers", []):
                for mount in c["volumeMounts"]:
                    self.assertIn(mount["name"], volumes.keys() | claims, f"{name}: {c['name']}")
                self.assertIn("memory", c["resources"]["limits"], name)
                self.assertEqual(c["securityContext"]["capabilities"], {"drop": ["ALL"]}, name)
                self.assertIs(c["securityContext"]["allowPrivilegeEscalation"], False, name)
                self.assertIs(c["securityContext"]["readOnlyRootFilesystem"], True, name)
                ports = {p["name"] for p in c.get("ports", [])}
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    for check in ("httpGet", "tcpSocket"):
                        if check in c.get(probe, {}):
                            self.assertIn(c[probe][check]["port"], ports, name)
            for c in pod["containers"]:
                self.assertTrue({"livenessProbe", "readinessProbe"} <= c.keys(), name)
            self.assertIs(pod["securityContext"]["runAsNonRoot"], True, name)
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"}, name)
            used = {m["name"] for c in pod["containers"] + pod.get("initContainers", []) for m in c["volumeMounts"]}
            self.assertEqual(volumes.keys() - used, set(), f"{name}: volumes that nothing mounts")

    def test_probes_ask_for_pages_that_are_served(self):
        served = (ROOT / "cli/process.cpp").read_text()
        for w in self.cairn:
            c = w["spec"]["template"]["spec"]["containers"][0]
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                self.assertIn(f'pages["{c[probe]["httpGet"]["path"]}"]', served)

    def test_sigterm_has_time_to_drain(self):
        grace = self.longest_grace_s(K8S / "base/cairn.yaml")
        for w in self.cairn:
            self.assertGreater(w["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], grace + 10)

    def test_selectors_select_something(self):
        for kind, path in (("Service", ("spec", "selector")), ("PodDisruptionBudget", ("spec", "selector")),
                           ("NetworkPolicy", ("spec", "podSelector"))):
            self.assertTrue(self.of_kind(kind))
            for o in self.of_kind(kind):
                self.assertTrue(self.selected(o[path[0]][path[1]]), f"{kind} {o['metadata']['name']}")
        for policy in self.of_kind("NetworkPolicy"):
            for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", []):
                for peer in rule.get("from", []) + rule.get("to", []):
                    if "podSelector" in peer:
                        self.assertTrue(self.selected(peer["podSelector"]), policy["metadata"]["name"])

    def test_everything_is_denied_that_is_not_allowed(self):
        deny = next(p for p in self.of_kind("NetworkPolicy") if p["metadata"]["name"] == "default-deny")
        self.assertEqual(deny["spec"], {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
        chain = {self.labels(w)["cairn.dev/stage"] for w in self.cairn if "cairn.dev/chain" in self.labels(w)}
        self.assertEqual(chain, {"ingest", "hash_commit", "reveal", "resend"})

    def test_every_workload_of_the_pool_may_be_disrupted_within_bounds(self):
        covered = [w for p in self.of_kind("PodDisruptionBudget") for w in self.selected(p["spec"]["selector"])]
        for w in self.workloads:
            many = w["metadata"]["name"] in ("redis", "redis-proxy") or self.labels(w).get("app.kubernetes.io/component") == "worker"
            self.assertEqual(w in covered, many, w["metadata"]["name"])

    def test_only_stages_that_sign_hold_the_key(self):
        holders = {self.labels(w)["cairn.dev/stage"] for w in self.cairn
                   if any(v["name"] == "prover-key" for v in w["spec"]["template"]["spec"]["volumes"])}
        self.assertEqual(holders, {"hash_commit", "reveal", "resend"})
        redis = {self.labels(w)["app.kubernetes.io/component"] for w in self.cairn
                 if any(v["name"] == "redis-password" for v in w["spec"]["template"]["spec"]["volumes"])}
        self.assertEqual(redis, {"dispatcher"})

    def test_the_program_reads_configuration_and_pool(self):
        self.check_pool(K8S / "base/pool.json", K8S / "base/cairn.yaml")
        services = {s["metadata"]["name"]: s for s in self.of_kind("Service")}
        for stage, (endpoint,) in json.loads((K8S / "base/pool.json").read_text())["dispatchers"].items():
            service = services[re.fullmatch(r"tcp://([\w-]+):7000", endpoint)[1]]
            (workload,) = self.selected(service["spec"]["selector"])
            self.assertEqual(self.labels(workload)["cairn.dev/stage"], stage)
        self.assertIn("redis", services)

    def test_scaling_asks_for_metrics_that_exist(self):
        rows = dict(re.findall(r'METRIC\(\w+, \w+, "(\w+)", "([\w ]*)"', (ROOT / "common/metrics.inc").read_text()))
        workers = {w["metadata"]["name"]: w for w in self.cairn}
        for scaled in self.scaled:
            target = workers[scaled["spec"]["scaleTargetRef"]["name"]]
            stage = self.labels(target)["cairn.dev/stage"]
            self.assertEqual({t["name"] for t in scaled["spec"]["triggers"]}, {"depth", "oldest-age"})
            for trigger in scaled["spec"]["triggers"]:
                query = trigger["metadata"]["query"]
                for name, labels in re.findall(r"(cairn_\w+)\{([^}]*)\}", query):
                    self.assertIn(name, rows)
                    for label, value in re.findall(r'(\w+)="(\w+)"', labels):
                        self.assertIn(label, rows[name].split())
                        self.assertTrue(label != "stage" or value == stage, query)
                self.assertEqual(trigger["metadata"]["serverAddress"], "http://prometheus:9090")
        self.assertEqual({s["metadata"]["name"] for s in self.scaled}, {"split", "prove", "aggregate"})

    def test_redis_cannot_lose_what_cairn_needs(self):
        conf = next(m for m in self.of_kind("ConfigMap") if m["metadata"]["name"] == "redis")["data"]["redis.conf"]
        for line in ("appendonly yes", "maxmemory-policy noeviction", "min-replicas-to-write 1"):
            self.assertIn(line + "\n", conf)
        self.assertRegex(conf, r"(?m)^maxmemory \d+gb$")
        start = next(m for m in self.of_kind("ConfigMap") if m["metadata"]["name"] == "redis")["data"]["start"]
        self.assertEqual(run("bash", "-n", "-c", start).returncode, 0)
        self.assertIn("sentinel monitor cairn $primary 6379 2", start)

    def test_overlays_are_built(self):
        version = run("kubectl", "kustomize", K8S / "overlays/dev") if run("which", "kubectl").returncode == 0 else None
        if version is None or "unknown field" in version.stderr or "invalid Kustomization" in version.stderr:
            self.skipTest("no kubectl with kustomize 4 or later")
        for overlay in ("dev", "production", "gpu"):
            done = run("kubectl", "kustomize", K8S / "overlays" / overlay)
            self.assertEqual(done.returncode, 0, done.stderr)
            built = [o for o in yaml.safe_load_all(done.stdout) if o]
            prove = next(o for o in built if o["kind"] == "Deployment" and o["metadata"]["name"] == "prove")
            container = prove["spec"]["template"]["spec"]["containers"][0]
            self.assertEqual("replicas" in prove["spec"], overlay == "dev", "KEDA owns the number elsewhere")
            self.assertEqual("nvidia.com/gpu" in container["resources"]["limits"], overlay == "gpu")
            self.assertTrue(container["image"].endswith(":cuda" if overlay == "gpu" else ":cpu"))
            self.assertEqual({o["metadata"].get("namespace") for o in built
                              if o["kind"] != "Namespace"}, {"cairn"})
            self.assertEqual(any(o["kind"] == "ScaledObject" for o in built), overlay != "dev")


if __name__ == "__main__":
    unittest.main()
