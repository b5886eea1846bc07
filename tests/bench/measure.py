#!/usr/bin/env python3
"""Runs every benchmark beside its rival and prints one table for docs/benchmarks.md: medians, ratios, goals. About six minutes.

    tests/bench/measure.py [--build build/release] [--rounds 3] [--window 2.5] [--only WORD]

Not a test: a busy machine changes absolute figures. With a single core nothing here means anything.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from target import GENERATOR_CORE, Target

RAMP = 1.5  # seconds until every connection is made, with room to spare


def machine():
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    system = re.search(r'^PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text(), re.M)
    load = os.getloadavg()[0]
    quiet = "quiet" if load < 0.3 else f"NOT quiet: load average {load:.1f}"
    return (f"{os.cpu_count()} cores, {model.group(1) if model else platform.machine()}, Linux {platform.release()}, "
            f"{system.group(1) if system else platform.system()}, loopback; {quiet} when it began")


def output_of(command):
    """What a benchmark prints. At Ctrl-C it is waited for: it ends what it has started."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        text, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed (exit code {process.returncode})")
    return text


class Bench:
    def __init__(self, options):
        self.options, self.bin, self.rows = options, os.path.join(options.build, "bin"), []

    def program(self, name):
        path = os.path.join(self.bin, name)
        if not os.access(path, os.X_OK):
            raise SystemExit(f"{path} is missing: build target {name} first (tests/bench/run does)")
        return path

    def row(self, what, measured, goal="–"):
        self.rows.append((what, measured, goal))
        print(f"{what}: {measured}", file=sys.stderr, flush=True)

    def median(self, measure):
        return statistics.median(measure() for _ in range(self.options.rounds))

    # Generators take turns in every round, so that whatever else the machine does meets them alike.
    def generators(self, target, commands):
        rounds = {name: [] for name in commands}
        for _ in range(self.options.rounds):
            for name, command in commands.items():
                rounds[name].append(target.cpu_per_request(command, RAMP, self.options.window))
        return {name: statistics.median(values) for name, values in rounds.items()}

    def engine_command(self, target, load):
        command = [self.program("engine_bench"), target.url, str(load), "600", "1"]
        return command + ([target.certificate] if target.tls else [])

    def wrk_command(self, target, connections):
        if shutil.which("wrk") is None:
            raise SystemExit("wrk is missing: apt-get install wrk")
        return ["wrk", "-t1", f"-c{connections}", "-d600s", target.url]

    def engine(self):
        for tls in (False, True):
            with Target(tls) as target:
                found = self.generators(target, {"wrk": self.wrk_command(target, 64), "engine": self.engine_command(target, 64)})
            self.row(f"engine, {'HTTPS' if tls else 'HTTP/1.1 keep-alive'}, 64 connections: CPU per request, beside wrk",
                     f"{found['engine']:.2f} µs against {found['wrk']:.2f} µs: **{found['engine'] / found['wrk']:.2f}**", "≤ 1.0")

    def connections(self):
        with Target() as target:
            found = self.generators(target, {"few": self.engine_command(target, 64), "many": self.engine_command(target, 4000),
                                             "wrk": self.wrk_command(target, 4000)})
        self.row("engine at 4,000 connections, beside its own cost at 64",
                 f"{found['many']:.2f} µs against {found['few']:.2f} µs: **{found['many'] / found['few']:.2f}** (wrk at 4,000: {found['wrk']:.2f} µs)",
                 "≤ 1.3")

    def lateness(self):
        found = []
        with Target() as target:
            for _ in range(self.options.rounds):
                command = ["taskset", "-c", str(GENERATOR_CORE), self.program("engine_bench"), target.url, "20000/s", "4", "1"]
                text = output_of(command)
                found.append([int(number) for number in re.search(r"lateness_us p50 (\d+) p99 (\d+) max (\d+)", text).groups()])
        p50, p99, longest = (statistics.median(column) for column in zip(*found))
        self.row("schedule lateness at 20,000/s, one thread", f"p50 **{p50:.0f} µs**, p99 **{p99:.0f} µs**, max {longest:.0f} µs", "50 / 150 µs")

    def relay(self):
        text = output_of([self.program("relay_bench"), "--relay", self.program("culvert-relay")])
        number = lambda pattern: float(re.search(pattern + r"\s+([\d.]+)", text).group(1))
        self.row(f"relay, memory per idle TLS link ({number('idle TLS links'):,.0f} links)", f"**{number('memory per idle link'):.1f} KB**", "≤ 24 KB")
        self.row("relay, envelopes of 200 B per CPU second (10 pairs, window 32)", f"**{number('envelopes per CPU second'):,.0f}**", "≥ 400,000")
        self.row("relay, round trip of one pair, p50", f"{number('round trip, one pair'):.0f} µs")

    def online(self):
        text = output_of([self.program("online_bench")])
        agent, curl = (float(re.search(name + r", median\s+([\d.]+)", text).group(1)) for name in ("agent online", "curl"))
        self.row("agent, from its start to admitted, through squid with a password, beside a start of curl there",
                 f"{agent:.0f} ms against {curl:.0f} ms: **{agent - curl:+.0f} ms**", "< +100 ms")

    def echo(self):
        runs = []
        for _ in range(self.options.rounds):
            kinds = re.findall(r"^(\S.*?)\s+(\d+) us p50, (\d+) us p99", output_of([self.program("echo_bench")]), re.M)
            runs.append({name: (int(p50), int(p99)) for name, p50, p99 in kinds})
        column = lambda name, i: statistics.median(run[name][i] for run in runs)
        for name in ("both ends through squid", "agent through squid"):
            above = statistics.median(run[name][1] - run["bare libcurl"][1] for run in runs)
            self.row(f"echo of 200 B, agent to controller and back, {name}: p99 above that of libcurl alone through it",
                     f"{column(name, 1):.0f} µs against {column('bare libcurl', 1):.0f} µs: **{above / 1e3:+.2f} ms** "
                     f"(p50 {column(name, 0):.0f} µs against {column('bare libcurl', 0):.0f} µs)", "< +0.5 ms")

    def histograms(self):
        command = [self.program("metrics_bench"), "--benchmark_format=json", "--benchmark_min_time=0.3"]
        report = json.loads(output_of(command))
        cpu = {bench["name"]: bench["cpu_time"] for bench in report["benchmarks"]}
        self.row("histogram, record a value", f"{cpu['record']:.1f} ns")
        self.row("histogram, decode 100 samples and merge them into a million", f"{cpu['decode_and_merge/100'] / 1e3:.1f} µs")
        self.row("histogram, merge of one step (latency, send latency, counters; 100 samples)", f"{cpu['merge_step'] / 1e3:.1f} µs")

    def merge(self):
        found = []
        for _ in range(self.options.rounds):
            text = output_of([self.program("results_bench")])
            found.append([float(number) for number in re.search(r"decode ([\d.]+) ms, merge ([\d.]+) ms, thresholds and view ([\d.]+) ms", text).groups()])
        decode, merge, view = (statistics.median(column) for column in zip(*found))
        self.row("controller, one interval of 1,000 agents × 50 steps", f"merge **{merge:.0f} ms** CPU (and decode {decode:.0f} ms, thresholds and view {view:.0f} ms)", "< 50 ms")

    def restart(self):
        text = output_of([self.program("restart_bench")])
        back = re.search(r"all back after a restart\s+([\d.]+) s\s+\((\d+) links, .* handshake p50 (\d+) ms, p99 (\d+) ms", text)
        cpu = float(re.search(r"relay, CPU\s+([\d.]+) ms", text).group(1))
        self.row(f"{int(back.group(2)):,} agents after a relay was killed and started again, at limits.handshakes 500/s",
                 f"all back in **{float(back.group(1)):.0f} s**; handshake with its wait p50 {int(back.group(3)) / 1e3:.1f} s, p99 {int(back.group(4)) / 1e3:.1f} s; "
                 f"{cpu:.1f} ms of the relay's CPU each", "< 60 s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--window", type=float, default=2.5, help="seconds of each measurement (default 2.5)")
    parts = ["engine", "connections", "lateness", "relay", "online", "echo", "histograms", "merge", "restart"]
    parser.add_argument("--only", choices=parts, action="append", help="this part alone; may be repeated")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    described = machine()
    bench = Bench(options)
    for part in options.only or parts:
        getattr(bench, part)()
    print(f"Machine: {described}. Medians of {options.rounds}.\n\n| what | measured | goal |\n| --- | --- | --- |")
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
