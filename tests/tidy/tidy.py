#!/usr/bin/env python3
"""Compares documents with code and checks the rules of the tree. Prints FILE:LINE: what is wrong, and
exits 1 when anything is. Needs Python 3, and clang-format to check the formatting; runs from any directory.

    python3 tests/tidy/tidy.py [ROOT]
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]).resolve()

# What is not ours, or is made by a program.
SKIPPED = re.compile(
    r"^(build[^/]*|node_modules|contracts/(out|cache|broadcast|node_modules)|bench/out|bench/peer/node_modules|\.git|\.cairn[^/]*"
    r"|tests/fuzz/corpus|circuits/[^/]+/data|guests/[^/]+/data)(/|$)")
SOURCES = {".c", ".S", ".ld", ".cpp", ".h", ".inc", ".lua", ".py", ".mjs", ".sol", ".sh", ".cmake", ".circom"}
SCRIPTS = {".ci/run", "bench/peer/run", "guests/sdk/cairn-cc", "ops/build", "ops/demo", "ops/install", "ops/share", "ops/solc", "ops/test", "contracts/forge"}
LINES_MAX = 600
BAD_NAMES = {"manager", "helper", "helpers", "util", "utils", "misc", "impl"}
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + r"ME)\b")

# Which folders a folder may include. tests/ and bench/ may include any.
MAY_INCLUDE = {
    "common": {"common"},
    "pipeline": {"pipeline", "common"},
    "chain": {"chain", "common"},
    "prover": {"prover", "common"},
    "guests": {"guests", "common", "prover"},
    "attest": {"attest", "prover", "chain", "common"},
    "stages": {"stages", "pipeline", "chain", "prover", "common"},
    "cli": {"cli", "attest", "stages", "pipeline", "chain", "prover", "common"},
}
STAGES = ("ingest", "split", "prove", "aggregate", "hash_commit", "reveal", "resend")
STAGE_TABLE = "stages/stages.cpp"  # the one file that sees them all

# The doors of third-party headers, as cmake/dependencies.cmake names them. A trailing slash is a folder.
DOORS = {
    "civetweb": ("common/http_server.cpp",),
    "CLI/": ("cli/command.cpp", "bench/"),
    "crypto++/": ("chain/keccak.cpp", "chain/scrypt.cpp"),
    "curl/": ("chain/http.cpp",),
    "immintrin.h": ("prover/field/packed_avx2.h", "prover/field/packed_avx512.h"),
    "hiredis": ("pipeline/redis_client.cpp",),
    "msgpack": ("common/codec.cpp",),
    "nvml.h": ("tests/unit/cli/nvml_abi_test.cpp",),
    "nlohmann/": ("common/json.h", "common/log.cpp"),
    "openssl/": ("common/digest.cpp", "chain/keystore.cpp"),
    "prometheus/": ("common/metrics.cpp",),
    "secp256k1": ("chain/signer.cpp",),
    "spdlog/": ("common/log.cpp",),
    "tbb/": ("prover/parallel.cpp",),
    "yaml-cpp/": ("common/config.cpp",),
    "zkvm_io.h": ("guests/", "tests/integration/guests/programs/"),
    "zstd": ("common/compression.cpp",),
    "zmq": ("pipeline/transport_zmq.cpp",),
    "benchmark/": ("bench/",),
    "gmock/": ("tests/",),
    "gtest/": ("tests/",),
}

# Headers of the system; those of C++ have neither slash nor suffix.
SYSTEM = re.compile(r"[a-z_]+|(sys|arpa|net|netinet|linux)/\w+\.h"
                    r"|(dirent|dlfcn|fcntl|poll|pthread|sched|signal|stddef|stdint|stdlib|string|time|unistd)\.h")

# Which keys the functions of cli/pool_config.cpp read, by their place in the file.
CONFIG_PLACES = {
    "read": "",
    "read_redis": "redis.",
    "read_chain": "chain.",
    "read_dev_chain": "chain.dev.",
    "read_follow_rules": "chain.",
    "read_requester": "requester.",
    "read_attest": "attest.",
    "read_links": "links.",
    "read_prometheus": "prometheus.",
    "read_console": "console.",
    "read_store": "store.",
    "read_stages": "stages.STAGE.",
    "read_backends": "backends.NAME.",
    "read_command": "backends.NAME.",
    "read_zkvm": "backends.NAME.",
    "read_zkvm_program": "backends.NAME.programs.PROGRAM.",
    "read_program_of": "backends.NAME.programs.PROGRAM.",
}

CLANG_FORMAT_VERSION = 14


def find_clang_format():
    for name in (f"clang-format-{CLANG_FORMAT_VERSION}", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout
            if f"version {CLANG_FORMAT_VERSION}." in version:
                return name
    return None


CLANG_FORMAT = find_clang_format()
problems = []


def complain(file, line, what):
    problems.append((str(file), line, what))


def files():
    for folder, names, found in os.walk(ROOT):
        inside = Path(folder).relative_to(ROOT)
        names[:] = sorted(n for n in names if not SKIPPED.match((inside / n).as_posix()))
        for name in sorted(found):
            path = (inside / name).as_posix()
            if not SKIPPED.match(path):
                yield path


def lines_of(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()


def numbered(path):
    return enumerate(lines_of(path), 1)


def is_source(path):
    return Path(path).suffix in SOURCES or path in SCRIPTS or Path(path).name == "CMakeLists.txt"


def check_shape(path):
    """Names, lengths, and marks of unfinished work."""
    words = re.split(r"[_.\-]", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", Path(path).name).lower())
    for word in BAD_NAMES.intersection(words):
        complain(path, 1, f'"{word}" is no name for a file: say what it is')
    lines = lines_of(path)
    if is_source(path) and len(lines) > LINES_MAX:
        complain(path, LINES_MAX + 1, f"{len(lines)} lines, at most {LINES_MAX}")
    if not is_source(path) and Path(path).suffix != ".md":
        return
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            complain(path, number, "unfinished work; finish it, or write down why not")


def check_links(path):
    """Every relative link of a document leads to a file, and to a heading when it names one."""
    code = False
    for number, line in numbered(path):
        if line.lstrip().startswith("```"):
            code = not code
        if code:
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, heading = target.partition("#")
            to = ROOT / Path(path).parent / name if name else ROOT / path
            if not to.exists():
                complain(path, number, f"no such file: {target}")
            elif heading and heading not in headings(to):
                complain(path, number, f"no such heading: {target}")


def check_mentions(path, tests):
    """Files and tests that a document names exist."""
    for number, line in numbered(path):
        for name in re.findall(r"`([^`]+)`", line):
            if re.fullmatch(r"[\w.\-]+(/[\w.\-]+)+\.(cpp|h|inc|lua|md|mjs|py|sol|yaml|cmake|circom)", name):
                if "NAME" not in name and not any(
                        (ROOT / base / name).exists() for base in ("", Path(path).parent)):
                    complain(path, number, f"no such file: {name}")
            elif re.fullmatch(r"[A-Z]\w+\.[A-Z]\w+", name) and name not in tests:
                complain(path, number, f"no such test: {name}")


def test_names():
    test = re.compile(r"\b(?:TYPED_)?TEST(?:_[FP])?\((\w+), (\w+)\)")
    return {".".join(found) for path in files() if path.startswith("tests/") and path.endswith(".cpp")
            for line in lines_of(path) for found in test.findall(line)}


def headings(path):
    """Anchors of a Markdown file, as GitHub makes them."""
    out, code = set(), False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            code = not code
        found = re.match(r"#+ +(.*)", line)
        if found and not code:
            out.add(re.sub(r"[^\w\- ]", "", found[1].lower()).strip().replace(" ", "-"))
    return out


def check_includes(path):
    """Who may include whom, and who may include what is not ours."""
    folder = path.split("/")[0]
    for number, line in numbered(path):
        ours = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        theirs = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if ours:
            check_own_include(path, folder, number, ours[1])
        elif theirs:
            check_door(path, number, theirs[1])


def check_door(path, number, header):
    doors = next((doors for prefix, doors in DOORS.items() if header.startswith(prefix)), None)
    if doors is None:
        if not SYSTEM.fullmatch(header):
            complain(path, number, f"<{header}> has no door: name one in DOORS of tests/tidy/tidy.py")
    elif not any(path == door or door.endswith("/") and path.startswith(door) for door in doors):
        complain(path, number, f"<{header}> enters through {', '.join(doors)} only")


def check_own_include(path, folder, number, target):
    allowed = MAY_INCLUDE.get(folder)
    into = target.split("/")[0]
    if allowed is not None and into not in allowed:
        complain(path, number, f"{folder}/ may not include {into}/ (it may: {', '.join(sorted(allowed))})")
    stage = re.fullmatch(r"stages/(\w+)\.h", target)
    if stage and stage[1] in STAGES and folder == "stages" and path != STAGE_TABLE:
        if Path(path).stem != stage[1]:
            complain(path, number, f"a stage includes another stage: {target}")


def check_no_stage_names(path):
    """The runtime names no stage."""
    for number, line in numbered(path):
        for name in re.findall(r"""["']([a-z_]+)["']""", line):
            if name in STAGES:
                complain(path, number, f'pipeline/ names the stage "{name}"')


def first_cells(path):
    """(line number, cells) of the table rows whose first cell is `code`."""
    for number, line in numbered(path):
        if re.match(r"\|\s*`", line):
            yield number, [cell.strip() for cell in line.strip().strip("|").split("|")]


def check_both_ways(code, document, in_code, in_document):
    """Two maps from a name to its line must have the same names."""
    for name in sorted(in_code.keys() - in_document.keys()):
        complain(code, in_code[name], f"`{name}` is not in {document}")
    for name in sorted(in_document.keys() - in_code.keys()):
        complain(document, in_document[name], f"`{name}` is not in {code}")


def check_configuration():
    code, document = "cli/pool_config.cpp", "docs/configuration.md"
    keys, place = {}, None
    read = re.compile(r'\b(?:\w+\.read(?:_choice)?\(|read_paths?\(\w+, |read_program\(\w+, )"([a-z_]+)"')
    for number, line in numbered(code):
        function = re.match(r"\s+(?:static )?[\w:<>]+ (read\w*)\(.*\{$", line)
        if function:
            place = CONFIG_PLACES.get(function[1])
        for key in read.findall(line):
            if place is None:
                complain(code, number, f'"{key}": say in CONFIG_PLACES of tests/tidy/tidy.py where this function reads')
            else:
                keys[place + key] = number
    documented = {}
    for number, cells in first_cells(document):
        name = cells[0].strip("`")
        if re.fullmatch(r"[A-Za-z_.]+", name):
            documented[name] = number
    check_both_ways(code, document, keys, documented)


def check_metrics():
    code, document = "common/metrics.inc", "docs/metrics.md"
    row = re.compile(r'METRIC\((\w+), \w+, "(\w+)", "([\w ]*)"')
    rows = {found[2]: (number, found[1], found[3])
            for number, line in numbered(code) if (found := row.match(line))}
    documented = {cells[0].strip("`"): (number, cells[1], cells[2])
                  for number, cells in first_cells(document) if cells[0].startswith(("`cairn_", "`process_"))}
    check_both_ways(code, document, {n: r[0] for n, r in rows.items()},
                    {n: r[0] for n, r in documented.items()})
    for name in rows.keys() & documented.keys():
        if rows[name][1:] != documented[name][1:]:
            complain(document, documented[name][0], f"`{name}` is a {rows[name][1]} with labels \"{rows[name][2]}\"")


def check_logs():
    """Every event that is logged is in the table of events."""
    document = "docs/metrics.md"
    event = re.compile(r'\blog::(?:debug|info|warn|error|write)\([^"]*"(\w+)"')
    logged = {}
    for path in files():
        if path.split("/")[0] in MAY_INCLUDE and Path(path).suffix == ".cpp":
            text = "\n".join(lines_of(path))
            for found in event.finditer(text):
                logged[found[1]] = (path, text.count("\n", 0, found.start()) + 1)
    documented, in_table = {}, False
    for number, line in numbered(document):
        in_table = line.startswith("| event") or in_table and line.startswith("|")
        if in_table:
            for name in re.findall(r"`(\w+)`", line.split("|")[1]):
                documented[name] = number
    for name in logged.keys() - documented.keys():
        complain(*logged[name], f"the event `{name}` is not in {document}")
    for name in documented.keys() - logged.keys():
        complain(document, documented[name], f"the event `{name}` is not logged by anything")


def check_commands():
    document = "docs/cli.md"
    text = "\n".join(lines_of(document))
    for path in files():
        if not path.startswith("cli/") or not path.endswith(".cpp"):
            continue
        parent = ""
        for number, line in numbered(path):
            for holder, name in re.findall(r'subcommand\(\s*(\*?\w+),\s*"(\w+)"', multiline(path, number)):
                if holder == "app":
                    parent = name
                words = name if holder == "app" else f"{parent} {name}"
                if f"cairn {words}" not in text:
                    complain(path, number, f"`cairn {words}` is not in {document}")


def multiline(path, number):
    """The line and the one behind it, when a call of subcommand begins there."""
    lines = lines_of(path)
    line = lines[number - 1]
    if "subcommand(" not in line:
        return ""
    return " ".join(lines[number - 1:number + 1]) if line.rstrip().endswith("(") else line


def check_columns():
    """The section of each chip of the RISC-V machine names all of its columns."""
    sections = {}
    for page in ("machine", "memory-and-products", "memory-tree"):
        names = []
        for line in lines_of(f"docs/rv32/{page}.md"):
            heading = re.match(r"#{2,3} (.*)|\*\*`(\w+)`\*\*", line)
            if heading:
                names = re.split(", ", heading[1] or heading[2])
            for name in names:
                sections[name] = sections.get(name, "") + line + "\n"
    shared = sections["Columns that they share"]
    for path in files():
        chip = path.startswith("prover/rv32/chips/") and "\n".join(lines_of(path))
        columns = chip and re.search(r"struct Columns \{\n(.*?)\n  \};", chip, re.S)
        name = chip and re.search(r'string_view name = "(\w+)"', chip)
        if not columns or not name:
            continue
        for declared in re.findall(r"^    (?:T|\w+<T>) ([^;]+);", columns[1], re.M):
            for column in re.findall(r"(\w+)(?:\[\w+\])?(?:, |$)", declared):
                if not re.search(rf"\b{column}\b", sections.get(name[1], "") + shared):
                    complain(path, 1, f"no page of docs/rv32 says what `{column}` of `{name[1]}` is")


def check_format():
    """C++ is as clang-format makes it. Other versions than Debian's make it a little different."""
    if CLANG_FORMAT is None:
        print(f"formatting is not checked: no clang-format {CLANG_FORMAT_VERSION}", file=sys.stderr)
        return
    paths = [path for path in files() if Path(path).suffix in {".cpp", ".h"}]
    groups = [paths[i::os.cpu_count() or 1] for i in range(os.cpu_count() or 1)]
    running = [subprocess.Popen([CLANG_FORMAT, "--dry-run", *group], cwd=ROOT, stderr=subprocess.PIPE, text=True)
               for group in groups if group]
    for one in running:
        for path, line in re.findall(r"^(.+?):(\d+):\d+: warning: .*clang-format-violations", one.communicate()[1], re.M):
            complain(path, int(line), f"not formatted: clang-format -i {path}")


def main():
    tests = test_names()
    for path in files():
        check_shape(path)
        if path.endswith(".md"):
            check_links(path)
            check_mentions(path, tests)
        if Path(path).suffix in {".cpp", ".h", ".inc"}:
            check_includes(path)
        if path.startswith("pipeline/"):
            check_no_stage_names(path)
    check_configuration()
    check_metrics()
    check_logs()
    check_commands()
    check_columns()
    check_format()
    for file, line, what in sorted(set(problems)):
        print(f"{file}:{line}: {what}")
    if problems:
        print(f"{len(set(problems))} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
