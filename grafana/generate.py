#!/usr/bin/env python3
"""Writes the dashboards of this folder, or with --check says which of them differ from what it would write.

    python3 grafana/generate.py [--check]

A panel is one call below: its title says what it shows, its description what to think of it. The file
format is Grafana's classic JSON, schema 39 (Grafana 10 and 11).
"""
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "dashboards"
RUNBOOKS = "/public/cairn-runbooks/"  # where Grafana serves files from; grafana/README.md
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
POOL = 'job="cairn",pool=~"$pool"'
STAGE = POOL + ',stage=~"$stage"'
PROCESS = POOL + ',process=~"$process"'
COLUMNS = 24
RED_ABOVE_0 = [{"color": "green", "value": None}, {"color": "red", "value": 0.000001}]
NO_GPU = "No GPU, or no driver that shows it"
PLAIN = [{"color": "green", "value": None}]


def variable(name, label, query, multi=True):
    out = {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "refresh": 2, "sort": 1,
           "query": {"query": query, "refId": "variable"}, "definition": query}
    if multi:
        out |= {"multi": True, "includeAll": True, "allValue": ".+", "current": {"text": "All", "value": "$__all"}}
    return out


DATASOURCES = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
POOLS = variable("pool", "Pool", 'label_values(up{job="cairn"}, pool)')
STAGES = variable("stage", "Stage", 'label_values(cairn_queue_tasks{job="cairn",pool=~"$pool"}, stage)')
PROCESSES = variable("process", "Process", 'label_values(up{job="cairn",pool=~"$pool"}, process)')


class Dashboard:
    def __init__(self, name, title, description, variables):
        self.name, self.x, self.y, self.height = name, 0, 0, 0
        self.panels = []
        self.json = {
            "id": None, "uid": "cairn-" + name, "title": "Cairn: " + title, "description": description,
            "tags": ["cairn"], "schemaVersion": 39, "version": 1, "editable": False, "graphTooltip": 1,
            "time": {"from": "now-1h", "to": "now"}, "refresh": "10s", "timezone": "browser",
            "templating": {"list": [DATASOURCES, POOLS, *variables]},
            "links": [{"title": "Cairn", "type": "dashboards", "tags": ["cairn"], "asDropdown": True,
                       "includeVars": True, "keepTime": True}],
            "panels": self.panels,
        }

    def row(self, title):
        self.end_line()
        self.panels.append({"type": "row", "title": title, "collapsed": False, "panels": [],
                            "gridPos": {"x": 0, "y": self.y, "w": COLUMNS, "h": 1}, "id": len(self.panels) + 1})
        self.y += 1

    def end_line(self):
        self.y += self.height
        self.x = self.height = 0

    def add(self, kind, title, description, targets, unit, width, height, runbook, defaults, options):
        if self.x + width > COLUMNS:
            self.end_line()
        panel = {
            "id": len(self.panels) + 1, "type": kind, "title": title, "description": description,
            "datasource": DATASOURCE, "gridPos": {"x": self.x, "y": self.y, "w": width, "h": height},
            "fieldConfig": {"defaults": {"unit": unit} | defaults, "overrides": []}, "options": options,
            "targets": [{"refId": "ABCDEFGH"[i], "expr": expr, "legendFormat": legend, "datasource": DATASOURCE}
                        | ({"instant": True, "range": False} if kind == "stat" else {})
                        for i, (expr, legend) in enumerate(targets)],
        }
        if runbook:
            panel["links"] = [{"title": "Runbook", "url": f"{RUNBOOKS}{name}.md", "targetBlank": True} for name in runbook]
        self.panels.append(panel)
        self.x += width
        self.height = max(self.height, height)

    def stat(self, title, description, expr, unit="none", runbook=(), thresholds=PLAIN, width=4):
        self.add("stat", title, description, [(expr, "")], unit, width, 4, runbook,
                 {"thresholds": {"mode": "absolute", "steps": thresholds}},
                 {"colorMode": "value", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"]}})

    def lines(self, title, description, targets, unit, runbook=(), width=8, stacked=False, no_value=None):
        custom = {"drawStyle": "line", "fillOpacity": 20 if stacked else 8, "showPoints": "never", "spanNulls": False,
                  "stacking": {"mode": "normal" if stacked else "none"}}
        self.add("timeseries", title, description, targets, unit, width, 8, runbook, {"custom": custom, "min": 0} | ({"noValue": no_value} if no_value else {}),
                 {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
                  "tooltip": {"mode": "multi", "sort": "desc"}})

    def text(self):
        return json.dumps(self.json, indent=2) + "\n"


def quantile(q, metric, labels, by, among=lambda rates: f"({rates})"):
    return f"histogram_quantile({q}, sum by (le, {by}) {among(f'rate({metric}_bucket{{{labels}}}[$__rate_interval])')})"


def of_stages(rates):
    """Of the rates of a metric without stage, those of workers of the chosen stages."""
    return f"({rates} and on (pool, process) cairn_running_tasks{{{STAGE}}})"


def overview():
    d = Dashboard("overview", "overview", "What the pool does, stage by stage, and what stands in its way.", [STAGES])
    d.row("Now")
    d.stat("Running sequences", "Sequences that have not ended and are not stalled.",
           f'sum(max by (pool, state) (cairn_sequences{{{POOL},state="running"}}))')
    d.stat("Stalled sequences", "A task of each is dead: a person must decide.",
           f'sum(max by (pool, state) (cairn_sequences{{{POOL},state="stalled"}}))',
           runbook=["CairnDeadTasks"], thresholds=RED_ABOVE_0)
    d.stat("Lowest unfinished height", "`cairn explain` of this height says what it waits for. NaN: nothing is unfinished.",
           f"min(max by (pool) (cairn_lowest_unfinished_height{{{POOL}}}))", runbook=["CairnLowestHeightStuck"])
    d.stat("Sequence time, median", "From the first task to the end, of sequences that ended in the last hour.",
           f"max(pool:cairn_sequence_seconds:p50_rate1h{{{POOL}}})", "s")
    d.stat("Sequence time, 99 %", "The slowest hundredth of the last hour.",
           f"max(pool:cairn_sequence_seconds:p99_rate1h{{{POOL}}})", "s")
    d.stat("Processes that do not answer", "Targets whose last scrape failed.", f"count(up{{{POOL}}} == 0) or vector(0)",
           runbook=["CairnTargetDown"], thresholds=RED_ABOVE_0)
    d.row("Queues")
    by_stage = "{{stage}}"
    d.lines("Ready tasks", "Work that no worker has taken. Depth alone is no problem; age is.",
            [(f'pool_stage:cairn_queue_tasks:max{{{STAGE},state="ready"}}', by_stage)], "none", stacked=True)
    d.lines("Age of the lowest ready task", "How far a stage is behind: the lowest height goes first.",
            [(f"max by (pool, stage) (cairn_oldest_ready_seconds{{{STAGE}}})", by_stage)], "s", ["CairnOldestTaskTooOld"])
    d.lines("Leased tasks", "In the hands of workers.",
            [(f'pool_stage:cairn_queue_tasks:max{{{STAGE},state="leased"}}', by_stage)], "none", stacked=True)
    d.lines("Waiting and delayed tasks", "Waiting for the outputs of others, or for a time to pass.",
            [(f'pool_stage:cairn_queue_tasks:max{{{STAGE},state=~"waiting|delayed"}}', "{{stage}} {{state}}")], "none")
    d.lines("Dead tasks", "Out of attempts. Anything above 0 needs a person.",
            [(f'pool_stage:cairn_queue_tasks:max{{{STAGE},state="dead"}}', by_stage)], "none", ["CairnDeadTasks"])
    d.lines("Lowest height in work", "Lowest height that is ready or leased; 0 for none.",
            [(f"max by (pool, stage) (cairn_lowest_height{{{STAGE}}})", by_stage)], "none", ["CairnLowestHeightStuck"])
    d.row("Work")
    d.lines("Completed tasks", "Per second, by stage.",
            [(f'pool_stage:cairn_tasks_completed:rate5m{{{STAGE},outcome="ok"}}', by_stage)], "ops", ["CairnQueueStalled"])
    d.lines("Leased and handed back", "Tasks given to workers, and given back unfinished by workers that drain.",
            [(f"sum by (pool, stage) (rate(cairn_tasks_leased_total{{{STAGE}}}[$__rate_interval]))", "{{stage}} leased"),
             (f"sum by (pool, stage) (rate(cairn_tasks_handed_back_total{{{STAGE}}}[$__rate_interval]))",
              "{{stage}} handed back")], "ops")
    d.lines("Failed attempts", "Share of the attempts of a stage that failed; they are repeated within their budget.",
            [(f"pool_stage:cairn_task_failures:ratio_rate5m{{{STAGE}}}", by_stage)], "percentunit", ["CairnTasksFailing"])
    d.lines("Time per task, median", "What half of the tasks take at most.",
            [(f"pool_stage:cairn_task_seconds:p50_rate5m{{{STAGE}}}", by_stage)], "s")
    d.lines("Time per task, 99 %", "What nearly all tasks take at most. Interpolated between the boundaries of the histogram.",
            [(f"pool_stage:cairn_task_seconds:p99_rate5m{{{STAGE}}}", by_stage)], "s")
    d.lines("Longest silence", "Time for which a running task has reported no progress.",
            [(f"max by (pool, stage) (cairn_quiet_seconds{{{STAGE}}})", by_stage)], "s", ["CairnTaskQuiet"])
    d.lines("Done since the pool began", "Completed tasks, as the store counts them: unmoved by restarts.",
            [(f"max by (pool, stage) (cairn_store_done_tasks{{{STAGE}}})", by_stage)], "none")
    d.lines("Submissions", "Lines of producers, by answer.",
            [(f"sum by (outcome) (rate(cairn_submissions_total{{{POOL}}}[$__rate_interval]))", "{{outcome}}")], "ops",
            ["CairnBackpressure"])
    d.lines("Ended sequences", "Per second, by the status they ended with.",
            [(f"sum by (status) (rate(cairn_sequence_seconds_count{{{POOL}}}[$__rate_interval]))", "{{status}}")], "ops")
    d.row("Faults")
    d.lines("Lost leases", "Workers that died or fell silent, in the last quarter of an hour.",
            [(f"delta(cairn_store_leases_lost{{{STAGE}}}[15m])", by_stage)], "none", ["CairnLeasesLost"])
    d.lines("Refused late answers", "By workers that had lost their lease, in the last quarter of an hour.",
            [(f"delta(cairn_store_stale_answers{{{STAGE}}}[15m])", by_stage)], "none", ["CairnStaleAnswers"])
    d.lines("Refused frames", "Frames that could not be read, or were meant for somebody else.",
            [(f"sum by (pool, stage) (rate(cairn_frames_refused_total{{{STAGE}}}[$__rate_interval]))", by_stage)], "ops",
            ["CairnFramesRefused"])
    d.lines("Refused links", "Connections with a key that is not allowed.",
            [(f"sum by (pool, stage) (rate(cairn_links_refused_total{{{STAGE}}}[$__rate_interval]))", by_stage)], "ops")
    d.row("Store")
    d.lines("Time of an exchange with Redis", "50 % and 99 % of the exchanges of each stage take at most this long.",
            [(quantile(0.5, "cairn_store_call_seconds", STAGE, "stage"), "{{stage}} 50 %"),
             (f"pool_stage:cairn_store_call_seconds:p99_rate5m{{{STAGE}}}", "{{stage}} 99 %")], "s", ["CairnStoreSlow"])
    d.lines("Failed calls of the store", "Redis cannot be reached, or refuses.",
            [(f"sum by (pool, stage) (rate(cairn_store_errors_total{{{STAGE}}}[$__rate_interval]))", by_stage)], "ops",
            ["CairnStoreUnreachable"])
    d.lines("Stored bytes", "Payloads and blobs, and the limit above which submissions are refused.",
            [(f"max by (pool) (cairn_stored_bytes{{{POOL}}})", "stored"),
             (f"max by (pool) (cairn_stored_bytes_max{{{POOL}}})", "limit")], "bytes", ["CairnStoreNearlyFull"])
    d.lines("Hints", "Wake-ups between stages; without them a stage looks every quarter of a second.",
            [(f"sum by (pool, direction) (rate(cairn_hints_total{{{STAGE}}}[$__rate_interval]))", "{{direction}}")], "ops")
    return d


def provers():
    d = Dashboard("provers", "provers", "Workers and prover backends: how busy, how fast, how large.", [STAGES, PROCESSES])
    d.row("Workers")
    d.lines("Workers", "Heard within a lease.", [(f"max by (pool, stage) (cairn_workers{{{STAGE}}})", "{{stage}}")], "none",
            ["CairnNoWorkers"])
    d.lines("Tasks that nobody can do", "They need a prover backend that no worker offers.",
            [(f"min by (pool, stage) (cairn_unserved_tasks{{{STAGE}}})", "{{stage}}")], "none", ["CairnTasksUnserved"])
    d.lines("Free capacity", "Tasks that the workers of a stage could take now.",
            [(f"max by (pool, stage) (cairn_worker_credit{{{STAGE}}})", "{{stage}}")], "none")
    d.lines("Busy share", "Time that each worker spent on tasks, per second. With several slots it can exceed 100 %.",
            [(f"sum by (process) (rate(cairn_task_seconds_sum{{{STAGE},process=~\"$process\"}}[$__rate_interval]))",
              "{{process}}")], "percentunit")
    d.lines("Tasks in hand", "Per worker, as of its last beat.",
            [(f"max by (process) (cairn_running_tasks{{{STAGE},process=~\"$process\"}})", "{{process}}")], "none")
    d.lines("Tasks per second", "Per worker, whatever their outcome.",
            [(f"sum by (process) (rate(cairn_task_seconds_count{{{STAGE},process=~\"$process\"}}[$__rate_interval]))",
              "{{process}}")], "ops")
    d.lines("Results sent again", "For want of an answer: a dispatcher that is gone, or slow.",
            [(f"sum by (process) (rate(cairn_results_resent_total{{{STAGE},process=~\"$process\"}}[$__rate_interval]))",
              "{{process}}")], "ops")
    d.row("Backends")
    steps = "backend, step"
    d.lines("Busy share by backend", "Time that each worker spent in the steps of each backend, per second.",
            [(f"sum by (process, backend) (rate(cairn_backend_step_seconds_sum{{{PROCESS}}}[$__rate_interval]))",
              "{{process}} {{backend}}")], "percentunit")
    d.lines("Time per segment", "Mean time that each worker took to prove one, by backend.",
            [(f"sum by (process, backend) (rate(cairn_backend_step_seconds_sum{{{PROCESS},step=\"prove\"}}[$__rate_interval])) / "
              f"sum by (process, backend) (rate(cairn_backend_step_seconds_count{{{PROCESS},step=\"prove\"}}[$__rate_interval]))",
              "{{process}} {{backend}}")], "s")
    d.lines("Time per step, median", "Steps of the prover backends; `prove` is the time per segment.",
            [(quantile(0.5, "cairn_backend_step_seconds", PROCESS, steps), "{{backend}} {{step}}")], "s")
    d.lines("Time per step, 99 %", "Interpolated between the boundaries of the histogram.",
            [(quantile(0.99, "cairn_backend_step_seconds", PROCESS, steps), "{{backend}} {{step}}")], "s")
    d.lines("Steps by outcome", "Per second; anything but ok is an attempt that failed.",
            [(f"sum by (backend, step, outcome) (rate(cairn_backend_step_seconds_count{{{PROCESS}}}[$__rate_interval]))",
              "{{backend}} {{step}} {{outcome}}")], "ops", ["CairnTasksFailing"])
    d.row("GPUs")
    per_gpu = "{{model}} {{gpu}}"
    for title, description, metric, unit in (
            ("GPU busy", "Share of the time in which each GPU computed, for whomever: programs of backends, and strangers on the "
             "machine.", "cairn_gpu_busy_ratio", "percentunit"),
            ("GPU power", "What each board draws.", "cairn_gpu_power_watts", "watt"),
            ("GPU temperature", "Of each chip. Boards slow themselves down at some 85 to 90 °C.",
             "cairn_gpu_temperature_celsius", "celsius")):
        d.lines(title, description, [(f"max by (gpu, model) ({metric}{{{PROCESS}}})", per_gpu)], unit, no_value=NO_GPU)
    d.lines("GPU memory", "In use, and all that each has: a program that asks for more than is left fails.",
            [(f"max by (gpu, model) (cairn_gpu_memory_used_bytes{{{PROCESS}}})", per_gpu + " used"),
             (f"max by (gpu, model) (cairn_gpu_memory_bytes{{{PROCESS}}})", per_gpu + " all")], "bytes", no_value=NO_GPU)
    d.lines("GPUs that fall silent", "Times in the last hour that a GPU which had answered did not; each process counts for itself.",
            [(f"sum by (process) (increase(cairn_gpu_errors_total{{{PROCESS}}}[1h]))", "{{process}}")], "none", ["CairnGpuSilent"],
            no_value=NO_GPU)
    d.row("Processes")
    d.lines("Memory", "Of each process itself.", [(f"process_resident_memory_bytes{{{PROCESS}}}", "{{process}}")], "bytes")
    d.lines("Memory of programs", "Of the programs that a process runs now. Shared pages count once per program.",
            [(f"cairn_programs_resident_bytes{{{PROCESS}}}", "{{process}}")], "bytes")
    d.lines("CPU", "Cores in use, programs included as soon as they have ended.",
            [(f"rate(process_cpu_seconds_total{{{PROCESS}}}[$__rate_interval])", "{{process}}")], "none")
    d.lines("Age", "Since each process began.",
            [(f"time() - process_start_time_seconds{{{PROCESS}}}", "{{process}}")], "s", ["CairnRestarts"])
    d.lines("Supervised processes and restarts", "Kept running by `cairn up`, and restarts since it began.",
            [(f"max by (pool) (cairn_children{{{POOL}}})", "processes"),
             (f"max by (pool) (cairn_child_restarts{{{POOL}}})", "restarts")], "none", ["CairnRestarts"])
    d.lines("Versions", "Processes by version; a pool has one.",
            [(f"count by (pool, version) (cairn_build_info{{{POOL}}})", "{{version}}")], "none", ["CairnVersionsDiffer"])
    return d


def chain():
    d = Dashboard("chain", "chain", "The sender and the chain: windows, fees, what the prover owns and earns.", [STAGES])
    d.row("Windows")
    d.stat("Blocks left to commit", "Least of all open commit windows.",
           f'min(cairn_window_blocks_left{{{POOL},window="commit"}})')
    d.stat("Blocks left to reveal", "Least of all open reveal windows. At 0 a round is lost.",
           f'min(cairn_window_blocks_left{{{POOL},window="reveal"}})', runbook=["CairnRevealWindowAtRisk"])
    d.stat("Lost rounds", "Of the sequences that are remembered. Each may cost a slash.",
           f"sum(max by (pool) (cairn_rounds_lost{{{POOL}}}))", runbook=["CairnRoundLost"], thresholds=RED_ABOVE_0)
    d.stat("Slashes", "In the time shown.", f"sum(max by (pool) (increase(cairn_prover_slashes_total{{{POOL}}}[$__range])))",
           runbook=["CairnSlashed"], thresholds=RED_ABOVE_0)
    d.stat("Unsettled commitments", "Neither settled nor slashed.",
           f"sum(max by (pool) (cairn_prover_unsettled_commitments{{{POOL}}}))")
    d.stat("Latest block", "As the node shows it.", f"max(cairn_chain_head_block{{{POOL}}})", runbook=["CairnHeadStuck"])
    d.lines("Open windows", "Sequences worked on whose window is open.",
            [(f"max by (pool, window) (cairn_windows_open{{{POOL}}})", "{{window}}")], "none")
    d.lines("Blocks left", "Least of all open windows of each kind; a gap when none is open.",
            [(f"min by (pool, window) (cairn_window_blocks_left{{{POOL}}})", "{{window}}")], "none",
            ["CairnRevealWindowAtRisk"])
    d.lines("Sequences by state of the sender", "States are those of docs/chain-sender.md.",
            [(f"max by (pool, state) (cairn_sender_sequences{{{POOL}}})", "{{state}}")], "none", stacked=True)
    d.lines("Sequences not taken", "Opened on the contract and left alone, in the last hour, by reason; `cairn explain` names each.",
            [(f"sum by (reason) (increase(cairn_sequences_skipped_total{{{POOL}}}[1h])) or vector(0)", "{{reason}}")], "none",
            stacked=True)
    d.row("Chain")
    d.lines("Fees", "Per gas: base fee of the next block, and the priority fee that gets in now.",
            [(f"max by (pool) (cairn_chain_base_fee_wei{{{POOL}}}) / 1e9", "base"),
             (f"max by (pool) (cairn_chain_priority_fee_wei{{{POOL}}}) / 1e9", "priority")], "suffix: gwei")
    d.lines("Reorganisations", "Heads that were replaced, in the last hour.",
            [(f"max by (pool) (increase(cairn_chain_reorgs_total{{{POOL}}}[1h]))", "reorgs")], "none", ["CairnReorgs"])
    d.lines("New blocks", "Per minute.", [(f"max by (pool) (deriv(cairn_chain_head_block{{{POOL}}}[$__rate_interval])) * 60",
                                           "blocks")], "none", ["CairnHeadStuck"])
    d.lines("Questions to the node", "Per second, by question.",
            [("sum by (question) " + of_stages(f"rate(cairn_chain_call_seconds_count{{{POOL}}}[$__rate_interval])"), "{{question}}")],
            "ops")
    d.lines("Time of a question, 99 %", "Answers of the node take at most this long.",
            [(quantile(0.99, "cairn_chain_call_seconds", POOL, "question", of_stages), "{{question}}")], "s", ["CairnChainErrors"])
    d.lines("Unanswered questions", "Share of all; the sender repeats its steps.",
            [(f"pool:cairn_chain_errors:ratio_rate5m{{{POOL}}}", "all"),
             ("sum by (question, code) " + of_stages(f"rate(cairn_chain_errors_total{{{POOL}}}[$__rate_interval])") + " or vector(0)",
              "{{question}} {{code}}")], "percentunit", ["CairnChainErrors"])
    d.row("Money")
    d.lines("Balance", "Ether of the prover's account, for gas.",
            [(f"max by (pool) (cairn_prover_balance_wei{{{POOL}}}) / 1e18", "ether")], "suffix: ether", ["CairnBalanceLow"])
    d.lines("Stake", "Tokens of 18 decimals: staked, and the part that is bound to commitments.",
            [(f"max by (pool) (cairn_prover_stake_units{{{POOL}}}) / 1e18", "staked"),
             (f"max by (pool) (cairn_prover_bonded_units{{{POOL}}}) / 1e18", "bound")], "none", ["CairnStakeNearlyBound"])
    d.lines("Rewards", "Tokens of 18 decimals paid to the prover in the last hour.",
            [(f"max by (pool) (increase(cairn_prover_rewards_units_total{{{POOL}}}[1h])) / 1e18", "tokens")], "none")
    return d


def main():
    differ = []
    for dashboard in (overview(), provers(), chain()):
        file, text = FOLDER / (dashboard.name + ".json"), dashboard.text()
        if "--check" not in sys.argv[1:]:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            differ.append(file.name)
    for name in differ:
        print(f"grafana/dashboards/{name} is not what grafana/generate.py writes")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
