"""An nginx on loopback for benchmarks of load generators, and the measure of one: its CPU per request while it runs.

Both are read over the same window, which begins when every connection is made: what a generator spends is the kernel's
account of its threads, how many requests it made is nginx's own count. So all are measured alike, handshakes left out.
"""
import glob
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

NGINX_CORE, GENERATOR_CORE = 1, 0
BODY = "hello, world: sixty-four bytes of body are quite enough for this"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """CPU time of all threads of a process that still run."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            total += int(pathlib.Path(path).read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total / 1e9


class Target:
    """`with Target(tls) as target`: nginx with one worker on a core of its own."""

    def __init__(self, tls=False):
        self.tls, self.port, self.status_port = tls, free_port(), free_port()
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/"
        self.certificate = os.path.join(self.folder.name, "cert.pem")

    def __enter__(self):
        folder = self.folder.name
        if self.tls:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                            "-keyout", f"{folder}/key.pem", "-out", self.certificate], check=True, stderr=subprocess.DEVNULL)
        secured = f"ssl_certificate {self.certificate}; ssl_certificate_key {folder}/key.pem;" if self.tls else ""
        pathlib.Path(folder, "nginx.conf").write_text(f"""
            daemon off; worker_processes 1; worker_cpu_affinity {1 << NGINX_CORE:b}; pid {folder}/nginx.pid; error_log stderr crit;
            events {{ worker_connections 20000; }}
            http {{
                access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
                fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
                server {{ listen 127.0.0.1:{self.port} {"ssl" if self.tls else ""} backlog=8192; {secured}
                    location / {{ default_type text/plain; return 200 "{BODY}"; }} }}
                server {{ listen 127.0.0.1:{self.status_port}; location / {{ stub_status; }} }}
            }}""")
        self.nginx = subprocess.Popen(["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"])
        for _ in range(50):
            try:
                self.requests()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit("nginx did not start")

    def __exit__(self, *_):
        self.nginx.terminate()
        self.nginx.wait()
        self.folder.cleanup()

    def requests(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status_port}/", timeout=5) as answer:
            return int(re.search(r"\n (\d+) (\d+) (\d+)", answer.read().decode()).group(3))

    def cpu_per_request(self, command, ramp, window):
        """Microseconds of CPU per request of a generator, from `ramp` seconds after its start on, over `window` seconds."""
        generator = subprocess.Popen(["taskset", "-c", str(GENERATOR_CORE), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(ramp)
            cpu, requests = cpu_seconds(generator.pid), self.requests()
            time.sleep(window)
            cpu, requests = cpu_seconds(generator.pid) - cpu, self.requests() - requests
            if generator.poll() is not None:
                raise SystemExit(f"{command[0]} ended too early (exit code {generator.returncode})")
        finally:
            generator.terminate()
            generator.wait()
        if requests <= 1:
            raise SystemExit(f"{command[0]} made no requests")
        return cpu / requests * 1e6
