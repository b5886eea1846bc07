#!/usr/bin/env bash
# The load engine beside wrk, in turns, against a real nginx on loopback: CPU per request of each, medians, and their ratio.
#   tests/bench/engine_vs_wrk.sh [--tls] [BUILD=build/release] [ROUNDS=3] [SECONDS=3] [CONNECTIONS=64]
# The generator runs on core 0 and nginx on core 1; with only one core the numbers mean nothing.
set -euo pipefail
tls=no
if [ "${1:-}" = --tls ]; then
    tls=yes
    shift
fi
build=${1:-build/release} rounds=${2:-3} seconds=${3:-3} connections=${4:-64}
bench=$build/bin/engine_bench
[ -x "$bench" ] || { echo "$bench is missing: build target engine_bench first" >&2; exit 2; }
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 2; }
command -v nginx >/dev/null || { echo "nginx is missing: apt-get install nginx-light" >&2; exit 2; }

work=$(mktemp -d)
nginx_pid=
cleanup() {
    [ -z "$nginx_pid" ] || { kill "$nginx_pid" 2>/dev/null || true; wait "$nginx_pid" 2>/dev/null || true; }
    rm -rf "$work"
}
trap cleanup EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
scheme=http listen_options=
if [ $tls = yes ]; then
    scheme=https listen_options=ssl
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
fi
{
    echo "daemon off; worker_processes 1; worker_cpu_affinity 10; pid $work/nginx.pid; error_log stderr crit;"
    echo 'events { worker_connections 20000; }'
    echo 'http {'
    echo "  access_log off; keepalive_requests 1000000000; client_body_temp_path $work/a; proxy_temp_path $work/b;"
    echo "  fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;"
    echo "  server { listen 127.0.0.1:$port $listen_options backlog=8192;"
    [ $tls = no ] || echo "    ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;"
    echo '    location / { default_type text/plain; return 200 "hello, world: sixty-four bytes of body are quite enough for this"; } } }'
} >"$work/nginx.conf"
nginx -p "$work" -c "$work/nginx.conf" &
nginx_pid=$!
for _ in $(seq 50); do
    curl -sk -o /dev/null "$scheme://127.0.0.1:$port/" && break
    sleep 0.1
done

# CPU microseconds per request of: wrk
wrk_round() {
    local before after
    TIMEFORMAT='%U %S'
    { time taskset -c 0 wrk -t1 -c"$connections" -d"${seconds}s" "$scheme://127.0.0.1:$port/" >"$work/wrk.txt"; } 2>"$work/time.txt"
    awk 'NR == FNR { if ($2 == "requests" && $3 == "in") n = $1; next } { printf "%.2f\n", ($1 + $2) * 1e6 / n }' "$work/wrk.txt" "$work/time.txt"
}

engine_round() {
    local ca=()
    [ $tls = no ] || ca=("$work/cert.pem")
    taskset -c 0 "$bench" "$scheme://127.0.0.1:$port/" "$connections" "$seconds" 1 "${ca[@]}" | sed -n 's/.*cpu_us_per_request \([0-9.]*\).*/\1/p'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for round in $(seq "$rounds"); do
    wrk_round >>"$work/wrk.all"
    engine_round >>"$work/engine.all"
    echo "round $round: wrk $(tail -1 "$work/wrk.all") us/request, culvert $(tail -1 "$work/engine.all") us/request"
done
wrk=$(median <"$work/wrk.all") engine=$(median <"$work/engine.all")
echo "median of $rounds x ${seconds}s, $connections connections, $scheme: wrk $wrk us/request, culvert $engine us/request, ratio $(awk -v a="$engine" -v b="$wrk" 'BEGIN { printf "%.2f", a / b }')"
