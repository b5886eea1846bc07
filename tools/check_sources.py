#!/usr/bin/env python3
"""Small rules that a compiler does not know: file length, open ends, own headers first, clocks and sleeps where they do not belong."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST_FILE = 600  # lines; a file of one concept is rarely near it

RULES = [
    # (pattern, files it applies to, what to do)
    (re.compile(r"\bTODO\b(?!\(#\d+\))|\bFIXME\b|\bXXX\b"), r".*\.(cpp|h|ts|py)$", "an open end needs an issue: TODO(#12)"),
    (re.compile(r"(steady_clock|system_clock)::now\(\)"), r"^(common|tunnel|agent|controller)/(?!base/clock\.cpp).*\.(cpp|h)$", "time is given: take a Clock"),
    (re.compile(r"sleep_for|\busleep\("), r"^tests/(unit|integration)/.*\.(cpp|h)$", "a test waits for a condition, never for a time"),
    (re.compile(r"using namespace"), r"^(common|tunnel|agent|controller)/.*\.h$", "no using-directive in a header"),
    (re.compile(r"\[(=|&)\](?=\s*[({])"), r"^(common|tunnel|agent|controller)/.*\.h$", "a stored lambda lists its captures"),
]
# A test's name, which may be several literals in a row. CMake takes a semicolon for the end of it: ctest would run nothing and call that passed.
TEST_NAME = re.compile(r'TEST_CASE\((?:\s*"(?:[^"\\]|\\.)*")+')
FIRST_INCLUDE = re.compile(r'^#include ["<]([^">]+)', re.M)
EXEMPT = {"common/base/clock.cpp", "tools/check_sources.py"}


def files():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [f for f in listed.stdout.split("\n") if f and (ROOT / f).is_file()]


def main():
    problems = []
    for name in files():
        if not name.endswith((".cpp", ".h", ".ts", ".py")) or name in EXEMPT:
            continue
        lines = (ROOT / name).read_text(errors="replace").splitlines()
        if len(lines) > LONGEST_FILE:
            problems.append(f"{name}: {len(lines)} lines; more than {LONGEST_FILE} are more than one concept")
        text = "\n".join(lines)
        for test in TEST_NAME.finditer(text):
            if ";" in test.group():
                problems.append(f"{name}:{text.count(chr(10), 0, test.start()) + 1}: no semicolon in a test's name: ctest would not run it")
        if name.endswith(".cpp") and (ROOT / name).with_suffix(".h").is_file():
            first = FIRST_INCLUDE.search(text)
            if not first or pathlib.Path(first.group(1)).name != pathlib.Path(name).stem + ".h":
                problems.append(f"{name}: its own header comes first: that proves that the header compiles alone")
        for pattern, where, advice in RULES:
            if not re.match(where, name):
                continue
            for number, line in enumerate(lines, 1):
                if pattern.search(line) and "std::literals" not in line and "_literals" not in line:
                    problems.append(f"{name}:{number}: {advice}")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
