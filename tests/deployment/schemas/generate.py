#!/usr/bin/env python3
"""Writes kubernetes.json and compose.json of this folder: what the objects of ops/k8s and the file of ops/compose may hold, from

    python3 tests/deployment/schemas/generate.py SWAGGER SCALED_OBJECT COMPOSE

SWAGGER is kubernetes/swagger.json.unprocessed of github.com/kubernetes-client/python, SCALED_OBJECT
config/crd/bases/keda.sh_scaledobjects.yaml of github.com/kedacore/keda, COMPOSE schema/compose-spec.json of
github.com/compose-spec/compose-spec; all three are under Apache-2.0. Descriptions are left out, and where a property is named, no
other is allowed: a server drops what it does not know, which is how a misspelt field goes unnoticed."""
import json
import sys
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
KINDS = {"ConfigMap": "v1", "Deployment": "apps/v1", "Namespace": "v1", "NetworkPolicy": "networking.k8s.io/v1",
         "PodDisruptionBudget": "policy/v1", "Role": "rbac.authorization.k8s.io/v1", "RoleBinding": "rbac.authorization.k8s.io/v1",
         "Service": "v1", "ServiceAccount": "v1", "StatefulSet": "apps/v1"}
KEPT = ("type", "required", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "format")
NUMBER_OR_TEXT = {"anyOf": [{"type": "number"}, {"type": "string"}]}


def closed(schema):
    """The schema in the terms of JSON Schema, without prose, and closed."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return NUMBER_OR_TEXT
    out = {key: schema[key] for key in KEPT if key in schema and (key, schema[key]) not in (("format", "int32"), ("format", "int64"))}
    if "properties" in schema:
        out["properties"] = {name: closed(below) for name, below in schema["properties"].items()}
        out["additionalProperties"] = False
    if "items" in schema:
        out["items"] = closed(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        out["additionalProperties"] = closed(schema["additionalProperties"])
    return out


def references(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix("#/definitions/")
        for below in schema.values():
            yield from references(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from references(below)


def kubernetes(swagger, scaled_object):
    all_of_them = swagger["definitions"]
    roots = {}
    for name, definition in all_of_them.items():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            version = "/".join(filter(None, (kind["group"], kind["version"])))
            if KINDS.get(kind["kind"]) == version:
                roots[f"{version} {kind['kind']}"] = name
    assert len(roots) == len(KINDS), set(KINDS) - {r.split()[1] for r in roots}
    definitions, wanted = {}, list(roots.values())
    while wanted:
        name = wanted.pop()
        if name in definitions:
            continue
        definition = all_of_them[name]
        # A quantity is a string to the server, which takes a number as well.
        definitions[name] = NUMBER_OR_TEXT if name.endswith(".Quantity") else closed(definition)
        wanted.extend(references(definitions[name]))
    crd = next(version for version in scaled_object["spec"]["versions"] if version["storage"])
    keda = closed(crd["schema"]["openAPIV3Schema"])
    keda["properties"]["metadata"] = {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
    roots[f"keda.sh/{crd['name']} ScaledObject"] = "sh.keda.ScaledObject"
    definitions["sh.keda.ScaledObject"] = keda
    return {"kinds": dict(sorted(roots.items())), "definitions": dict(sorted(definitions.items()))}


def without_prose(schema):
    if isinstance(schema, dict):
        return {key: {name: without_prose(below) for name, below in value.items()} if key in ("properties", "definitions") else without_prose(value)
                for key, value in schema.items() if key not in ("description", "title")}
    return [without_prose(below) for below in schema] if isinstance(schema, list) else schema


def write(name, schema):
    """A definition a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in schema.pop("definitions").items()]
    head = "".join(f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in schema.items())
    (FOLDER / name).write_text("{\n" + head + '"definitions": {\n' + ",\n".join(lines) + "\n}}\n")


def main(swagger, scaled_object, compose):
    write("kubernetes.json", kubernetes(json.loads(Path(swagger).read_text()), yaml.safe_load(Path(scaled_object).read_text())))
    write("compose.json", without_prose(json.loads(Path(compose).read_text())))


if __name__ == "__main__":
    main(*sys.argv[1:])
