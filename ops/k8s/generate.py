#!/usr/bin/env python3
"""Writes what ops/k8s has once per stage: base/dispatchers.yaml, base/workers.yaml, base/pool.json and
components/keda/scaling.yaml.

    python3 ops/k8s/generate.py [FOLDER]

`ctest -R deployment` fails when the files are not what this writes.
"""
import json
import sys
from pathlib import Path

STAGES = ("ingest", "split", "prove", "aggregate", "hash_commit", "reveal", "resend")
COMPUTING = ("split", "prove", "aggregate")  # scaled by their queues
CHAIN = ("ingest", "hash_commit", "reveal", "resend")  # speak to the nodes
SENDING = ("hash_commit", "reveal", "resend")  # hold the prover's key
GRACE_S = 90  # longer than the longest grace_ms of base/cairn.yaml and the time to hand back

HEAD = "# Written by ops/k8s/generate.py.\n"


def host(stage):
    return stage.replace("_", "-")  # no DNS name has an underscore


def container(name, args, extra_mounts=()):
    mounts = [("config", "/etc/cairn/cairn.yaml", "cairn.yaml"), ("config", "/var/lib/cairn/pool.json", "pool.json"),
              ("state", "/var/lib/cairn", None), ("run", "/run/cairn", None), ("tmp", "/tmp", None),
              ("links", "/etc/cairn/links", None), *extra_mounts]
    text = f"""        - name: {name}
          image: cairn
          args: {json.dumps(args)}
          env:
            - name: POD_IP
              valueFrom: {{fieldRef: {{fieldPath: status.podIP}}}}
            - name: POD_NAME
              valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}
          ports:
            - {{name: link, containerPort: 7000}}
            - {{name: http, containerPort: 9000}}
          startupProbe:
            httpGet: {{path: /livez, port: http}}
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            httpGet: {{path: /livez, port: http}}
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 3
          readinessProbe:
            httpGet: {{path: /readyz, port: http}}
            periodSeconds: 5
            timeoutSeconds: 3
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{drop: [ALL]}}
          resources:
            requests: {{cpu: 250m, memory: 128Mi}}
            limits: {{memory: 1Gi}}
          volumeMounts:
"""
    # A mount below another one comes behind it.
    for volume, path, key in sorted(mounts, key=lambda m: len(m[1])):
        text += f"            - {{name: {volume}, mountPath: {path}" + (f", subPath: {key}" if key else "")
        text += ", readOnly: true}\n" if volume in ("config", "links", "prover-key", "redis-password") else "}\n"
    return text


def deployment(name, stage, role, args, replicas, secrets=()):
    mounts = [(volume, path, None) for volume, path in secrets]
    volumes = "".join(f"        - name: {volume}\n          secret: {{secretName: {volume}, defaultMode: 0440}}\n"
                      for volume, _ in (("links", ""), *secrets))
    chain = "        cairn.dev/chain: \"true\"\n" if role == "worker" and stage in CHAIN else ""
    return f"""---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app.kubernetes.io/name: cairn, app.kubernetes.io/component: {role}, cairn.dev/stage: {stage}}}
spec:
  replicas: {replicas}
  selector:
    matchLabels: {{app.kubernetes.io/name: cairn, app.kubernetes.io/component: {role}, cairn.dev/stage: {stage}}}
  strategy:
    rollingUpdate: {{maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: cairn
        app.kubernetes.io/component: {role}
        cairn.dev/stage: {stage}
{chain}    spec:
      # SIGTERM drains: what runs is finished or handed back within stages.STAGE.grace_ms.
      terminationGracePeriodSeconds: {GRACE_S}
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        # Cairn takes keys that root's group alone can read besides the owner: that is how a Secret comes.
        fsGroup: 0
        seccompProfile: {{type: RuntimeDefault}}
      containers:
{container(role, args, mounts)}      volumes:
        - name: config
          configMap: {{name: cairn}}
        - name: state
          emptyDir: {{}}
        - name: run
          emptyDir: {{medium: Memory, sizeLimit: 16Mi}}
        - name: tmp
          emptyDir: {{}}
{volumes}"""


def dispatchers():
    text = HEAD + "# One dispatcher per stage; it leases from Redis and speaks CURVE to its workers.\n"
    for stage in STAGES:
        name = host(stage) + "-dispatch"
        args = ["dispatch", "--stage", stage, "--name", f"{stage}-d0", "--listen", "tcp://0.0.0.0:7000", "--http", "0.0.0.0:9000"]
        text += deployment(name, stage, "dispatcher", args, 1, [("redis-password", "/etc/cairn/redis")])
        text += f"""---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  labels: {{app.kubernetes.io/name: cairn, app.kubernetes.io/component: dispatcher, cairn.dev/stage: {stage}}}
spec:
  clusterIP: None
  # Workers find it before it is ready: its readiness may wait for them.
  publishNotReadyAddresses: true
  selector: {{app.kubernetes.io/name: cairn, app.kubernetes.io/component: dispatcher, cairn.dev/stage: {stage}}}
  ports:
    - {{name: link, port: 7000, targetPort: link}}
"""
    return text


def workers():
    text = HEAD + "# The workers of each stage.\n"
    for stage in STAGES:
        args = ["worker", "--stage", stage, "--name", "$(POD_NAME)", "--listen", "tcp://$(POD_IP):7000", "--http", "0.0.0.0:9000"]
        secrets = [("prover-key", "/etc/cairn/prover")] if stage in SENDING else []
        text += deployment(host(stage), stage, "worker", args, 2 if stage in COMPUTING else 1, secrets)
        budget = "maxUnavailable: 25%" if stage in COMPUTING else "maxUnavailable: 1"
        text += f"""---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {host(stage)}
spec:
  {budget}
  selector:
    matchLabels: {{app.kubernetes.io/name: cairn, app.kubernetes.io/component: worker, cairn.dev/stage: {stage}}}
"""
    return text


def scaling():
    text = HEAD + """# Workers follow the queue of their stage: its depth, and how long the lowest task has waited. KEDA takes the
# larger of the two. Scaling down drains, so it is slow on purpose.
"""
    for stage in COMPUTING:
        text += f"""---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {host(stage)}
spec:
  scaleTargetRef: {{name: {host(stage)}}}
  pollingInterval: 10
  cooldownPeriod: 300
  minReplicaCount: 1
  maxReplicaCount: 64
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: 300
          policies:
            - {{type: Percent, value: 25, periodSeconds: 60}}
  fallback: {{failureThreshold: 3, replicas: 2}}
  triggers:
    - type: prometheus
      name: depth
      metadata:
        serverAddress: http://prometheus:9090
        query: 'max(cairn_queue_tasks{{stage="{stage}",state="ready"}}) + max(cairn_queue_tasks{{stage="{stage}",state="leased"}})'
        threshold: "2"
    - type: prometheus
      name: oldest-age
      metadata:
        serverAddress: http://prometheus:9090
        query: 'max(cairn_oldest_ready_seconds{{stage="{stage}"}})'
        threshold: "60"
"""
    return text


def pool():
    return json.dumps({
        "state": "/var/lib/cairn", "run": "/run/cairn", "config": "/etc/cairn/cairn.yaml", "pool": "main",
        "redis": "redis:6379", "rpc": ["https://rpc.example.org"], "chain_id": 0,
        "contract": "0x0000000000000000000000000000000000000001", "verifier": "", "token": "",
        "keystore": "/etc/cairn/prover/keystore.json", "password_file": "/etc/cairn/prover/password",
        "dispatchers": {stage: [f"tcp://{host(stage)}-dispatch:7000"] for stage in STAGES}}, indent=2) + "\n"


FILES = {"base/dispatchers.yaml": dispatchers, "base/workers.yaml": workers, "base/pool.json": pool,
         "components/keda/scaling.yaml": scaling}


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
