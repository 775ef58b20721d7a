#!/usr/bin/env bash
# Measures xnet against what people use instead, and prints a Markdown table. Ratios are what counts: both sides run on the
# same machine in the same minute. Needs hyperfine, curl, a Docker engine, and an image with `sleep`:
#
#   cargo build --release --locked && IMAGE=busybox benches/run.sh
#
# XNET names another binary, RUNS the number of runs, ROUNDS that of network operations of each kind.
set -euo pipefail
cd "$(dirname "$0")/.."

XNET=$(realpath "${XNET:-target/release/xnet}")
IMAGE=${IMAGE:-busybox}
RUNS=${RUNS:-200}
ROUNDS=${ROUNDS:-15}
SOCKET=${DOCKER_HOST:-unix:///var/run/docker.sock}
SOCKET=${SOCKET#unix://}
OWN=xnet-bench-$$
WORK=$(mktemp -d)

for tool in hyperfine curl; do
    command -v "$tool" >/dev/null || { echo "$tool is missing (Debian has it)" >&2; exit 2; }
done
[ -x "$XNET" ] || { echo "$XNET is missing: cargo build --release --locked" >&2; exit 2; }

api() { curl --silent --show-error --fail --unix-socket "$SOCKET" -H 'Content-Type: application/json' "$@"; }

clean_up() {
    api -X DELETE "http://d/containers/$OWN?force=1" >/dev/null 2>&1 || true
    api -X DELETE "http://d/networks/$OWN" >/dev/null 2>&1 || true
    rm -rf "$WORK"
}
trap clean_up EXIT

median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# Medians, in milliseconds, of commands that are run in turns.
compare() {
    hyperfine -N --warmup 5 --runs "$RUNS" --style none --export-csv "$WORK/times.csv" "$@" >/dev/null 2>&1
    # The median is the fourth column from the right of the last four: user, system, min, max follow it.
    awk -F, 'NR > 1 { print $(NF - 4) * 1000 }' "$WORK/times.csv"
}

row() { # what, xnet in ms, against, its ms, goal
    awk -v what="$1" -v own="$2" -v other="$3" -v theirs="$4" -v goal="$5" \
        'BEGIN { printf "| %s | %.2f ms | %s | %.2f ms | %.2f × | %s |\n", what, own, other, theirs, own / theirs, goal }'
}

start_up() {
    local -a ms
    if command -v just >/dev/null; then
        mapfile -t ms < <(compare "$XNET --version" "just --version" "/bin/true")
        row '`xnet --version`' "${ms[0]}" '`just --version`' "${ms[1]}" '≤ 1.5 ×'
        row '`xnet --version`' "${ms[0]}" '`/bin/true`' "${ms[2]}" '–'
    else
        mapfile -t ms < <(compare "$XNET --version" "/bin/true")
        row '`xnet --version`' "${ms[0]}" '`/bin/true`' "${ms[1]}" '–'
    fi
}

task() {
    mkdir -p "$WORK/project/.xnet"
    printf 'tasks:\n  empty:\n    steps:\n      - script: let nothing = 0;\n' >"$WORK/project/.xnet/config.yaml"
    printf 'empty:\n    @true\n' >"$WORK/project/justfile"
    local run="$XNET -q -C $WORK/project run empty"
    local -a ms
    if command -v just >/dev/null; then
        mapfile -t ms < <(compare "$run" "just --justfile $WORK/project/justfile empty")
        row '`xnet run`, one empty script step' "${ms[0]}" '`just`, a recipe of `true`' "${ms[1]}" '≤ 2 ×'
    else
        mapfile -t ms < <(compare "$run" "/bin/true")
        row '`xnet run`, one empty script step' "${ms[0]}" '`/bin/true`' "${ms[1]}" '–'
    fi
}

listing() {
    command -v docker >/dev/null || return 0
    local -a ms
    mapfile -t ms < <(compare "$XNET network ls" "docker network ls")
    row '`xnet network ls`' "${ms[0]}" '`docker network ls`' "${ms[1]}" '≤ 0.3 ×'
}

# One round of the five operations by script; prints a line `operation seconds` for each.
by_script() {
    cat >"$WORK/operations.rhai" <<'RHAI'
fn timed(name, begun) { print(`${name} ${begun.elapsed}`); }
let t = timestamp(); let net = docker.network.create(params.own); timed("create", t);
let t = timestamp(); docker.network.connect(params.own, params.own); timed("connect", t);
let t = timestamp(); docker.network.inspect(params.own); timed("inspect", t);
let t = timestamp(); docker.network.disconnect(params.own, params.own); timed("disconnect", t);
let t = timestamp(); docker.network.remove(params.own); timed("remove", t);
RHAI
    "$XNET" "$WORK/operations.rhai" "own=$OWN"
}

# The same by curl, which tells its own time: its start is not counted.
by_curl() {
    local timed=(-o /dev/null -w '%{time_total}\n')
    printf 'create %s\n' "$(api "${timed[@]}" -d "{\"Name\": \"$OWN\"}" http://d/networks/create)"
    printf 'connect %s\n' "$(api "${timed[@]}" -d "{\"Container\": \"$OWN\"}" "http://d/networks/$OWN/connect")"
    printf 'inspect %s\n' "$(api "${timed[@]}" "http://d/networks/$OWN")"
    printf 'disconnect %s\n' "$(api "${timed[@]}" -d "{\"Container\": \"$OWN\"}" "http://d/networks/$OWN/disconnect")"
    printf 'remove %s\n' "$(api "${timed[@]}" -X DELETE "http://d/networks/$OWN")"
}

operations() {
    api -o /dev/null -d "{\"Image\": \"$IMAGE\", \"Cmd\": [\"sleep\", \"3600\"]}" "http://d/containers/create?name=$OWN"
    api -o /dev/null -X POST "http://d/containers/$OWN/start"
    for _ in $(seq "$ROUNDS"); do
        by_script >>"$WORK/script.txt"
        by_curl >>"$WORK/curl.txt"
    done
    for operation in create connect inspect disconnect remove; do
        local own theirs
        own=$(awk -v o="$operation" '$1 == o { print $2 * 1000 }' "$WORK/script.txt" | median)
        theirs=$(awk -v o="$operation" '$1 == o { print $2 * 1000 }' "$WORK/curl.txt" | median)
        row "$operation, from a script" "$own" '`curl` on the socket' "$theirs" '≤ 1.1 ×'
    done
}

# The highest resident size of `xnet run`, read from the kernel by a shell that has no other child.
memory() {
    local kib
    kib=$(bash -c '"$@" >/dev/null 2>&1 & child=$!
        peak=0
        while line=$(grep VmHWM "/proc/$child/status" 2>/dev/null); do
            now=${line//[!0-9]/}
            [ "$now" -gt "$peak" ] && peak=$now
        done
        echo "$peak"' bash "$XNET" -q -C "$WORK/project" run wait)
    awk -v kib="$kib" 'BEGIN { printf "| peak memory of `xnet run` | %.1f MiB | – | – | – | ≤ 20 MB |\n", kib / 1024 }'
}

size() {
    awk -v bytes="$(stat -Lc %s "$XNET")" \
        'BEGIN { printf "| size of the binary | %.1f MB | – | – | – | ≤ 12 MB |\n", bytes / 1e6 }'
}

echo "| what | xnet | against | that | ratio | goal |"
echo "|---|---|---|---|---|---|"
start_up
task
listing
operations
printf '  wait:\n    steps:\n      - script: docker.network.list(); sleep("300ms");\n' >>"$WORK/project/.xnet/config.yaml"
memory
size
