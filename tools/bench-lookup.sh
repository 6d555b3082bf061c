#!/bin/bash
# The claim about lookups, on this machine: a redis-server and then a three-node cluster of local processes, each filled
# with rows and asked at the rate. Prints the verdicts, leaves JSON and HTML in target/bench-lookup, and ends with the
# worse exit code: 0 proven, 1 missed, 2 invalid or not run. Servers stay on the last CPUs, so that they do not take turns
# with the generator.
#
# Variables with other values make it smaller: ENTITIES, FEATURES, RATE, DURATION, WARMUP, SLO, L1_CAPACITY, THREADS,
# PROCESSES, STORES ("single cluster"), OUT, and SKEWWATCH, a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${ENTITIES:=1000000}" "${FEATURES:=5}" "${RATE:=500000}" "${DURATION:=60}" "${WARMUP:=10}"
: "${SLO:=hit=0.71..0.75,p50=1.2ms,p99=4.8ms}" "${L1_CAPACITY:=auto}" "${THREADS:=1}" "${PROCESSES:=1}"
: "${STORES:=single cluster}" "${OUT:=target/bench-lookup}"

say() { echo "bench-lookup: $*" >&2; }

if [[ -z "${SKEWWATCH:-}" ]]; then
    cargo build --release --bin skewwatch
    SKEWWATCH=${CARGO_TARGET_DIR:-target}/release/skewwatch
fi
for program in "$SKEWWATCH" redis-server redis-cli redis-benchmark python3; do
    command -v "$program" >/dev/null || { say "there is no $program: run make setup"; exit 2; }
done
mkdir -p "$OUT"
folder=$(mktemp -d)

# What was started here, and nothing else, is stopped here, whatever happens.
servers=()
running=
stop() {
    local server
    [[ -z "$running" ]] || { kill "$running" 2>/dev/null && wait "$running"; } || true
    running=
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null || true
    done
    for server in "${servers[@]}"; do
        wait "$server" 2>/dev/null || true
    done
    servers=()
}
trap 'stop; rm -rf "$folder"' EXIT
trap 'exit 2' INT TERM HUP

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The CPU of the next server: the last one, the one before it, and so on, but never the first unless it is the only one.
cpu() {
    local cpus
    cpus=$(nproc)
    ((cpus > 1)) && echo $((cpus - 1 - ${#servers[@]} % (cpus - 1))) || echo 0
}

answers() { [[ "$(redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null)" == PONG ]]; }

# Runs a program; a signal need not wait for its end.
run() {
    "$@" &
    running=$!
    local code=0
    wait "$running" || code=$?
    running=
    return "$code"
}

# Starts a server without persistence; further arguments are lines of its configuration. Its port is in $port.
start() {
    local attempt wait
    for attempt in 1 2 3 4 5; do
        port=$(free_port)
        mkdir -p "$folder/$port"
        redis-server --port "$port" --bind 127.0.0.1 --dir "$folder/$port" --logfile "$folder/$port/log" \
            --save '' --appendonly no --server_cpulist "$(cpu)" "$@" >/dev/null 2>&1 &
        local server=$!
        servers+=("$server")
        for wait in {1..200}; do
            answers "$port" && return 0
            kill -0 "$server" 2>/dev/null || break
            sleep 0.05
        done
        # Another program may have taken the port.
    done
    say "redis-server did not start: $(tail -n 3 "$folder/$port/log" 2>/dev/null)"
    return 1
}

# Joins the servers at these ports into a cluster with equal shares of the slots.
join() {
    local ports=("$@") number=0 port wait
    for port in "${ports[@]}"; do
        redis-cli -p "$port" cluster addslotsrange $((number * 16384 / ${#ports[@]})) \
            $(((number + 1) * 16384 / ${#ports[@]} - 1)) >/dev/null
        redis-cli -p "$port" cluster set-config-epoch $((number + 1)) >/dev/null
        number=$((number + 1))
    done
    for port in "${ports[@]:1}"; do
        redis-cli -p "${ports[0]}" cluster meet 127.0.0.1 "$port" "$(<"$folder/$port/bus")" >/dev/null
    done
    for wait in {1..600}; do
        local whole=0
        for port in "${ports[@]}"; do
            redis-cli -p "$port" cluster info | tr -d '\r' | grep -q '^cluster_state:ok' &&
                redis-cli -p "$port" cluster info | tr -d '\r' | grep -qx "cluster_known_nodes:${#ports[@]}" &&
                whole=$((whole + 1))
        done
        ((whole == ${#ports[@]})) && return 0
        sleep 0.05
    done
    say "the cluster did not come together"
    return 1
}

# Fills a store and asks it. Its exit code is that of the verdict.
ask() {
    local name=$1 urls=$2
    echo
    echo "== $name: $ENTITIES entities, $FEATURES features =="
    run "$SKEWWATCH" bench load --redis "$urls" --entities "$ENTITIES" --features "$FEATURES" || return 2
    run "$SKEWWATCH" bench --redis "$urls" --entities "$ENTITIES" --features "$FEATURES" --rate "$RATE" \
        --duration "$DURATION" --warmup "$WARMUP" --slo "$SLO" --l1-capacity "$L1_CAPACITY" --threads "$THREADS" \
        --processes "$PROCESSES" --redis-benchmark --json "$OUT/$name.json" --html "$OUT/$name.html" \
        --hgrm "$OUT/$name.hgrm"
}

worst=0
note() { (($1 > worst)) && worst=$1; return 0; }

for store in $STORES; do
    code=0
    rm -f "$OUT/$store".{json,html,hgrm}
    case $store in
    single)
        start || exit 2
        ask single "redis://127.0.0.1:$port" || code=$?
        ;;
    cluster)
        ports=()
        for _ in 1 2 3; do
            bus=$(free_port)
            start --cluster-enabled yes --cluster-port "$bus" --cluster-config-file nodes.conf || exit 2
            echo "$bus" >"$folder/$port/bus"
            ports+=("$port")
        done
        join "${ports[@]}" || exit 2
        urls=$(printf 'redis://127.0.0.1:%s,' "${ports[@]}")
        ask cluster "${urls%,}" || code=$?
        ;;
    *)
        say "there is no store \`$store\`: single, cluster"
        exit 2
        ;;
    esac
    ((code <= 2)) || code=2
    note $code
    stop
done
echo
echo "evidence in $OUT"
exit $worst
