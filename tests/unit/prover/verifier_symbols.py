#!/usr/bin/env python3
"""What checks proofs links nothing else: whatever its libraries do not define themselves is memory, an exception of the
standard library, SHA-256, or how a broken invariant ends the process. No prover, no thread, no file, no clock.
Usage: verifier_symbols.py LIBRARY…
"""
import re
import subprocess
import sys

SYMBOL = re.compile(r"^(?:[0-9a-f]+)? +(\w) (\S+)$")
OUTSIDE = re.compile(r"""
    (mem(cmp|cpy|move|set)|bcmp|strlen
    |_Zn[wa]m(St11align_val_t)?(RKSt9nothrow_t)?|_Zd[la]Pvm?(St11align_val_t)?
    |__cxa_\w+|_Unwind_Resume|__gxx_personality_v0|__dso_handle|__stack_chk_fail|_ZTVN10__cxxabiv1\w+
    |_ZT[VIS]St\w+|_ZN?K?S[tabs]\w+                            # the standard library, but for what FORBIDDEN has
    |_ZN5cairn6sha256E\w+
    |fprintf|__fprintf_chk|stderr|abort)                       # cairn::assert_failed""", re.VERBOSE)
FORBIDDEN = re.compile("stream|filebuf|filesystem|thread|mutex|condition|future|chrono|random_device|locale|_ZSt[34]c(in|out|err|log)")


def main():
    defined, asked = set(), {}
    for library in sys.argv[1:]:
        for line in subprocess.run(["nm", library], check=True, capture_output=True, text=True).stdout.splitlines():
            if not (found := SYMBOL.match(line)):
                continue
            if found[1] == "U":
                asked.setdefault(found[2], library)
            else:
                defined.add(found[2])
    bad = [f"{library}: {symbol}" for symbol, library in asked.items()
           if symbol not in defined and (not OUTSIDE.fullmatch(symbol) or FORBIDDEN.search(symbol))]
    print("\n".join(bad) or f"{len(defined)} symbols defined, {len(asked)} asked for")
    return 1 if bad or len(defined) < 100 or len(asked) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
