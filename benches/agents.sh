#!/usr/bin/env bash
# Prints how long the first verdict takes by each way that probes get into containers, and the memory of an agent, as a
# Markdown table of medians: whole runs of `xnet reach`, from nothing to nothing left.
#
#   cargo build --release && benches/agents.sh
#
# Needs hyperfine, curl, busybox (static), a Docker engine on this machine, and root.
set -euo pipefail
cd "$(dirname "$0")/.."

xnet=${XNET:-$PWD/target/release/xnet}
runs=${RUNS:-10}
socket=${SOCKET:-/var/run/docker.sock}
work=$(mktemp -d)
prefix=xnet-bench-$$

ask() { curl -sf --unix-socket "$socket" "$@"; }
clean() {
    curl -s --unix-socket "$socket" -X DELETE "http://d/containers/$prefix?force=1" >/dev/null || true
    curl -s --unix-socket "$socket" -X DELETE "http://d/images/$prefix-image" >/dev/null || true
    rm -rf "$work"
}
trap clean EXIT
for tool in hyperfine curl busybox; do
    command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 2; }
done
[ -x "$xnet" ] || { echo "build it first: cargo build --release" >&2; exit 2; }

mkdir -p "$work/root/bin"
cp "$(command -v busybox)" "$work/root/bin/busybox"
tar -C "$work/root" -cf "$work/image.tar" .
"$xnet" eval "docker.image.import_tar(\"$work/image.tar\", \"$prefix-image\");
    docker.run(\"$prefix-image\", #{name: \"$prefix\", command: [\"/bin/busybox\", \"nc\", \"-ll\", \"-p\", \"80\", \"-e\", \"/bin/busybox\"]})" >/dev/null

median() {
    hyperfine -N --warmup 1 --runs "$runs" --style none --export-csv "$work/out.csv" "$1" >/dev/null 2>&1 \
        || { echo "failed: $1" >&2; exit 1; }
    awk -F, 'NR == 2 { printf "%.1f", $(NF - 4) * 1000 }' "$work/out.csv"
}
# The anonymous memory and all of an agent's process, in KiB, while it waits after its first order.
memory() {
    local id pid
    "$xnet" eval "reach(\"$prefix\", \"127.0.0.1:80\"); sleep(5)" --probe "$1" >/dev/null &
    for _ in $(seq 100); do
        id=$(ask "http://d/containers/json?filters=%7B%22label%22%3A%5B%22xnet.role%3Dagent%22%5D%7D" | grep -o '"Id":"[0-9a-f]*"' | head -1 | cut -d'"' -f4)
        [ -z "$id" ] || break
        sleep 0.02
    done
    sleep 1
    pid=$(ask "http://d/containers/$id/json" | grep -o '"Pid":[0-9]*' | head -1 | cut -d: -f2)
    awk '/^RssAnon/ { anon = $2 } /^VmRSS/ { all = $2 } END { printf "%.1f MiB, %.1f MiB of its own", all / 1024, anon / 1024 }' "/proc/$pid/status"
    wait
}

echo "| way | first verdict, whole run | agent's memory |"
echo "|---|---|---|"
echo "| local | $(median "$xnet reach $prefix 127.0.0.1:80 --probe local") ms | – |"
for way in helper sidecar; do
    echo "| $way | $(median "$xnet reach $prefix 127.0.0.1:80 --probe $way") ms | $(memory $way) |"
done
# With the image there already, as on an engine elsewhere.
"$xnet" eval "reach(\"$prefix\", \"127.0.0.1:80\"); sleep($((runs * 3)))" --probe helper >/dev/null & keeper=$!
sleep 3
echo "| helper, image there | $(median "$xnet reach $prefix 127.0.0.1:80 --probe helper") ms | – |"
kill -INT $keeper && wait $keeper || true
