#!/usr/bin/env python3
"""Every field of ops/k8s, overlays included, and of ops/compose is one that Kubernetes, KEDA and Compose know, of the right type:
their schemas lie in schemas/, closed, so that a misspelt field is an error. Needs Debian's python3-yaml and python3-jsonschema."""
import copy
import functools
import json
import re
import unittest
from pathlib import Path

import yaml
from jsonschema import Draft7Validator

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "ops/k8s"
KUBERNETES = json.loads((ROOT / "tests/deployment/schemas/kubernetes.json").read_text())
COMPOSE = json.loads((ROOT / "tests/deployment/schemas/compose.json").read_text())
# Kustomize has no schema: the fields of its reference that are in use here.
TARGET = {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"}
KUSTOMIZATION = {"apiVersion", "kind", "namespace", "resources", "components", "patches", "configMapGenerator", "images"}
WITHIN = {"patches": {"patch", "path", "target", "options"}, "images": {"name", "newName", "newTag", "digest"},
          "configMapGenerator": {"name", "namespace", "behavior", "files", "envs", "literals", "options"}}
# Of KEDA's scaler for Prometheus: needed, and known.
PROMETHEUS = ({"serverAddress", "query", "threshold"},
              {"serverAddress", "query", "threshold", "activationThreshold", "namespace", "customHeaders", "queryParameters",
               "ignoreNullValues", "unsafeSsl", "timeout", "authModes"})


class Strict(yaml.SafeLoader):
    """A key that comes twice is an error, not the last of the two."""
    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value if key.value != "<<"]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, f"a key comes twice among {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


def objects(path):
    return [o for o in yaml.load_all(path.read_text(), Strict) if o is not None]


@functools.cache
def validator(kind):
    return Draft7Validator({"$ref": "#/definitions/" + KUBERNETES["kinds"][kind], "definitions": KUBERNETES["definitions"]})


def kubernetes_errors(o):
    kind = f"{o['apiVersion']} {o['kind']}"
    if kind not in KUBERNETES["kinds"]:
        return [f"no kind {kind}"]
    out = [f"{o['metadata']['name']}: {e.json_path}: {e.message[:200]}" for e in validator(kind).iter_errors(o)]
    for trigger in o["spec"].get("triggers", []) if o["kind"] == "ScaledObject" else []:
        needed, known = PROMETHEUS
        fields = trigger.get("metadata", {}).keys()
        if trigger.get("type") != "prometheus" or not needed <= fields <= known:
            out.append(f"{o['metadata']['name']}: trigger {trigger.get('type')} with {sorted(fields)}")
    return out


def compose_errors(file):
    return [f"{e.json_path}: {e.message[:200]}" for e in Draft7Validator(COMPOSE).iter_errors(file)]


def kustomization_errors(file):
    out = [f"no field {name}" for name in file.keys() - KUSTOMIZATION]
    out += [f"{field}: no field {name}" for field, known in WITHIN.items() for item in file.get(field, []) for name in item.keys() - known]
    out += [f"target: no field {name}" for patch in file.get("patches", []) for name in patch["target"].keys() - TARGET]
    return out


def selects(target, o):
    """Whether the target of a patch means this object; its pod template has the labels, as the object has."""
    labels = o["metadata"].get("labels", {})
    for term in re.split(r",(?![^(]*\))", target.get("labelSelector", "")):
        if among := re.fullmatch(r"\s*(\S+) in \(([^)]*)\)", term):
            if labels.get(among[1]) not in re.split(r"\s*,\s*", among[2]):
                return False
        elif term and "{}={}".format(term.partition("=")[0], labels.get(term.partition("=")[0])) != term:
            return False
    return o["kind"] == target.get("kind", o["kind"]) and re.fullmatch(target.get("name", ".*"), o["metadata"]["name"]) is not None


def patched(o, steps):
    """RFC 6902, as far as it is in use. KeyError, IndexError: the patch names what is not there."""
    o = copy.deepcopy(o)
    for step in steps:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        at = o
        for part in way:
            at = at[int(part)] if isinstance(at, list) else at[part]
        if step["op"] not in ("add", "replace", "remove"):
            raise KeyError(step["op"])
        if step["op"] != "add":
            at[last]
        if step["op"] == "remove":
            del at[last]
        else:
            at[last] = step["value"]
    return o


def built(folder):
    """The objects of an overlay after its patches. Asserts that each patch means something."""
    file = yaml.load((folder / "kustomization.yaml").read_text(), Strict)
    out = []
    for name in file.get("resources", []) + file.get("components", []):
        path = folder / name
        out += built(path.resolve()) if path.is_dir() else objects(path)
    for patch in file.get("patches", []):
        steps = yaml.load(patch["patch"], Strict)
        meant = [selects(patch["target"], o) for o in out]
        assert any(meant), f"{folder.name}: {patch['target']} selects nothing"
        out = [patched(o, steps) if mine else o for o, mine in zip(out, meant)]
    return out


class Schemas(unittest.TestCase):
    def test_kubernetes_knows_every_field_of_every_overlay(self):
        for overlay in ("base", "overlays/dev", "overlays/production", "overlays/gpu"):
            made = built(K8S / overlay)
            self.assertGreater(len(made), 40)
            for o in made:
                with self.subTest(f"{overlay}: {o['kind']} {o['metadata']['name']}"):
                    self.assertEqual(kubernetes_errors(o), [])

    def test_kustomize_knows_every_field(self):
        for file in K8S.rglob("kustomization.yaml"):
            self.assertEqual(kustomization_errors(yaml.load(file.read_text(), Strict)), [], file)

    def test_compose_knows_every_field(self):
        (file,) = objects(ROOT / "ops/compose/compose.yaml")
        self.assertEqual(compose_errors(file), [])

    def test_the_schemas_see_any_misspelt_field(self):
        """Each key of each object, spelt wrongly, is noticed, but where a user makes the names up."""
        free = {"labels", "annotations", "matchLabels", "data", "nodeSelector", "selector", "limits", "requests", "metadata",
                "environment", "services", "networks", "volumes", "secrets", "configs", "depends_on", "options"}
        seen = {"kubernetes": 0, "compose": 0}

        def misspell(o, at, errors, parent, which):
            if isinstance(at, list):
                for below in at:
                    misspell(o, below, errors, parent, which)
            if not isinstance(at, dict):
                return
            for key in list(at):
                if key.startswith("x-"):  # Compose: what several services take over
                    continue
                misspell(o, at[key], errors, key, which)
                if parent in free:
                    continue
                at[key + "x"] = at.pop(key)
                self.assertTrue(errors(o), f"{key}x below {parent} goes unnoticed")
                at[key] = at.pop(key + "x")
                seen[which] += 1
        kinds = {}
        for o in built(K8S / "overlays/gpu"):
            kinds.setdefault((o["kind"], o["metadata"]["name"] if o["kind"] == "NetworkPolicy" else ""), o)
        for o in kinds.values():
            body = {key: value for key, value in o.items() if key not in ("apiVersion", "kind", "metadata")}
            for key in body:
                misspell(o, o[key], kubernetes_errors, key, "kubernetes")
        (file,) = objects(ROOT / "ops/compose/compose.yaml")
        misspell(file, file, compose_errors, None, "compose")
        self.assertGreater(seen["kubernetes"], 200)
        self.assertGreater(seen["compose"], 100)

    def test_the_schemas_see_wrong_types_and_keys_that_come_twice(self):
        o = next(o for o in built(K8S / "base") if o["kind"] == "Deployment")
        for change in ({"replicas": "two"}, {"strategy": []}, {"selector": None}):
            self.assertTrue(kubernetes_errors(o | {"spec": o["spec"] | change}), change)
        with self.assertRaises(yaml.constructor.ConstructorError):
            yaml.load("a: 1\na: 2\n", Strict)


if __name__ == "__main__":
    unittest.main()
