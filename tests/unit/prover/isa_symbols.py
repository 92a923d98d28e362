#!/usr/bin/env python3
"""Objects built for AVX2 or AVX-512 define no function that the linker could take in place of one built for every CPU:
each function they export has the instruction set in its name. Usage: isa_symbols.py LIBRARY|OBJECT…
"""
import re
import subprocess
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ ([TWi]) (\S+)$")
MEMBER = re.compile(r"^(\S+_(avx2|avx512)\.cpp\.o):$")
OBJECT = re.compile(r"_(avx2|avx512)\.dir/")


def main():
    bad, members = [], 0
    for library in sys.argv[1:]:
        member = isa = None
        if library.endswith(".o"):
            found = OBJECT.search(library)
            member, isa = (library, found[1]) if found else (None, None)
            members += found is not None
        for line in subprocess.run(["nm", "--defined-only", library], check=True, capture_output=True,
                                   text=True).stdout.splitlines():
            if line.endswith(":"):
                found = MEMBER.match(line)
                member, isa = (found[1], found[2]) if found else (None, None)
                members += found is not None
            elif member and (found := FUNCTION.match(line)) and isa not in found[2].lower():
                bad.append(f"{library}({member}): {found[2]}")
    print("\n".join(bad) or f"{members} objects")
    return 1 if bad or members < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
