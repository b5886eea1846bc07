#!/usr/bin/env python3
"""Holds the sources to tools/layers.txt: allowed includes, no circles, every C library behind its door."""
import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ("common", "tunnel", "agent", "controller")
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)

# header pattern: folders that may see it
DOORS = {
    "uv.h": ["common/net", "tunnel/relay"],
    "libwebsockets.h": ["common/net", "tunnel/relay"],
    "curl/*": ["common/net", "controller/report"],
    "openssl/*": ["common/crypto", "common/net", "tunnel/channel", "agent/http"],
    "yaml-cpp/*": ["common/config"],
    "sqlite3.h": ["agent/spool", "controller/store"],
    "wslay/*": ["tunnel/link"],
    "nghttp2/*": ["agent/http"],
    "zlib.h": ["agent/http"],
    "pacparser.h": ["tunnel/pac"],
    "google/protobuf/*": ["common/protocol"],
    "*.pb.h": ["common/protocol"],
}
ALLOWED_EVERYWHERE = "common/base"


def read_table():
    table = {}
    for line in (ROOT / "tools/layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            folder, _, allowed = line.partition(":")
            table[folder.strip()] = allowed.split()
    return table


def folder_of(path):
    parts = pathlib.PurePosixPath(path).parts
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def edges(problems):
    found = {}
    for top in SOURCES:
        for file in sorted((ROOT / top).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            name = file.relative_to(ROOT).as_posix()
            folder = folder_of(name)
            for header in INCLUDE.findall(file.read_text()):
                for pattern, doors in DOORS.items():
                    if fnmatch.fnmatch(header, pattern) and folder not in doors:
                        problems.append(f"{name}: includes <{header}>, which only {', '.join(doors)} may see")
                if header.startswith(tuple(s + "/" for s in SOURCES)):
                    found.setdefault((folder, folder_of(header)), name)
    return found


def circles(graph):
    state, trail = {}, []

    def visit(node):
        state[node] = "open"
        trail.append(node)
        for after in graph.get(node, ()):
            if state.get(after) == "open":
                yield " → ".join(trail[trail.index(after):] + [after])
            elif after not in state:
                yield from visit(after)
        trail.pop()
        state[node] = "done"

    for start in graph:
        if start not in state:
            yield from visit(start)


def main():
    table, problems = read_table(), []
    found = edges(problems)
    graph = {}
    for (source, target), file in found.items():
        if source == target:
            continue
        graph.setdefault(source, set()).add(target)
        if source not in table:
            problems.append(f"{file}: folder {source} is not in tools/layers.txt")
        elif target != ALLOWED_EVERYWHERE and not any(fnmatch.fnmatch(target, a) for a in table[source]):
            problems.append(f"{file}: {source} may not include {target}; a new edge changes tools/layers.txt and names its reason in ARCHITECTURE.md")
    problems += [f"circle: {c}" for c in circles(graph)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
