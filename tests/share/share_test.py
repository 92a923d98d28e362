#!/usr/bin/env python3
"""Man pages and shell completions, as ops/share writes them from the help of the real program. Needs
CAIRN_BINARY_DIR, and groff, bash, zsh and fish."""
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CAIRN = Path(os.environ["CAIRN_BINARY_DIR"]) / "bin/cairn"


def run(*argv, **options):
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True, **options)


def subcommands(*words):
    section = run(CAIRN, *words, "--help").stdout.partition("Subcommands:\n")[2].partition("\n\nExit codes")[0]
    return re.findall(r"^  (\w+) ", section, re.M)


class Share(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="cairn-share.")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = Path(cls.folder.name)
        done = run(ROOT / "ops/share", "--cairn", CAIRN, cls.root)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        cls.commands = [()] + [(name,) for name in subcommands()]
        cls.commands += [(name, below) for (name,) in cls.commands[1:] for below in subcommands(name)]
        cls.options = {words: set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", run(CAIRN, *words, "--help").stdout, re.M))
                       for words in cls.commands}
        cls.bash = cls.root / "bash-completion/completions/cairn"
        cls.zsh = cls.root / "zsh/site-functions/_cairn"
        cls.fish = cls.root / "fish/vendor_completions.d/cairn.fish"

    def page(self, words):
        return self.root / "man/man1" / ("-".join(("cairn", *words)) + ".1")

    def test_every_command_has_a_page_with_all_its_options(self):
        self.assertGreater(len(self.commands), 12)
        self.assertEqual({p.name for p in (self.root / "man/man1").iterdir()}, {self.page(w).name for w in self.commands})
        for words in self.commands:
            shown = run("groff", "-man", "-ww", "-Tutf8", "-P-c", "-rLL=200n", self.page(words))
            self.assertEqual((shown.returncode, shown.stderr), (0, ""), words)
            plain = re.sub(r".\x08", "", shown.stdout)
            for part in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLE", "EXIT STATUS", *self.options[words]):
                self.assertIn(part, plain, words)
            for name in subcommands(*words):
                self.assertIn("-".join(("cairn", *words, name)) + "(1)", plain)

    def in_bash(self, *words):
        script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cairn; printf "%s\\n" "${COMPREPLY[@]}"'
        return set(run("bash", "-c", script, "bash", self.bash, *words).stdout.split())

    def in_fish(self, *words):
        done = run("fish", "--no-config", "-c", f"source {self.fish}; complete -C '{' '.join(words)}'")
        self.assertEqual(done.stderr, "")
        return {line.split("\t")[0] for line in done.stdout.splitlines()}

    def test_bash_and_fish_complete_commands_options_and_stages(self):
        for shell in (self.in_bash, self.in_fish):
            with self.subTest(shell.__name__):
                self.assertEqual(shell("cairn", "st"), {"status"})
                self.assertEqual(shell("cairn", "dead", "re"), {"replay"})
                self.assertEqual(shell("cairn", "worker", "--stage", "pr"), {"prove"})
                self.assertEqual(shell("cairn", "worker", "--stage", "hash"), {"hash_commit"})
                self.assertEqual(shell("cairn", "status", "--wat"), {"--watch"})
                self.assertEqual(shell("cairn", "dead", "--al"), set(), "an option of the command below")
                for words in self.commands:
                    offered = shell("cairn", *words, "--")
                    self.assertLessEqual(self.options[words] - {"--help"}, offered, words)
        self.assertEqual(self.in_bash("cairn", "produce", "--timeout", ""), set(), "a number")

    def test_bash_completes_files(self):
        (self.root / "pool.yaml").touch()
        self.assertEqual(self.in_bash("cairn", "up", "--config", self.root / "pool"), {str(self.root / "pool.yaml")})

    def test_zsh_takes_its_file(self):
        done = run("zsh", "-fn", self.zsh)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = self.zsh.read_text()
        for words in self.commands:
            body = text.partition(f"_{'_'.join(('cairn', *words))}() {{")[2].partition("\n}\n")[0]
            for option in self.options[words]:
                self.assertIn(option + "[", body, words)
        # What it offers behind "cairn dead re", on a terminal of zsh's own.
        script = r"""zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT= RPROMPT=; fpath=($DIRECTORY $fpath); autoload -Uz compinit; compinit -u -D; print rea""dy'
zpty -r shell seen '*ready*'
zpty -n -w shell $'cairn dead re\t'
zpty -r shell seen '*replay*' && print found"""
        done = run("zsh", "-fc", script, timeout=180, env=os.environ | {"DIRECTORY": str(self.zsh.parent), "TERM": "dumb"})
        self.assertIn("found", done.stdout)


if __name__ == "__main__":
    unittest.main()
