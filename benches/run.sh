#!/usr/bin/env bash
# Prints the speed of xnet against what people use instead, side by side in one run, as a Markdown table of medians.
#
#   cargo build --release && benches/run.sh
#
# Needs hyperfine, curl, busybox (static) and a Docker engine; `just`, `docker` and `/usr/bin/time` are used where they are
# there.
set -euo pipefail
cd "$(dirname "$0")/.."

xnet=$PWD/target/release/xnet
runs=${RUNS:-50}
cycles=${CYCLES:-15}
socket=${SOCKET:-/var/run/docker.sock}
work=$(mktemp -d)
prefix=xnet-bench-$$
image=$prefix-image
subnet=10.254.$((RANDOM % 250)).0/24

say() { echo "$*" >&2; }
clean() {
    curl -s --unix-socket "$socket" -X DELETE "http://d/containers/$prefix?force=1" >/dev/null || true
    curl -s --unix-socket "$socket" -X DELETE "http://d/networks/$prefix-net" >/dev/null || true
    curl -s --unix-socket "$socket" -X DELETE "http://d/images/$image" >/dev/null || true
    rm -rf "$work"
}
trap clean EXIT

for tool in hyperfine curl busybox; do
    command -v "$tool" >/dev/null || { say "$tool is missing: apt-get install $tool (busybox-static for busybox)"; exit 2; }
done
[ -x "$xnet" ] || { say "build it first: cargo build --release"; exit 2; }

# Median of a command, in milliseconds.
median() {
    hyperfine -N --warmup 5 --runs "$runs" --style none --export-csv "$work/out.csv" "$1" >/dev/null 2>&1 \
        || { say "failed: $1"; exit 1; }
    awk -F, 'NR == 2 { printf "%.2f", $(NF - 4) * 1000 }' "$work/out.csv"
}
row() { awk -v what="$1" -v a="$2" -v other="$3" -v b="$4" -v goal="$5" \
    'BEGIN { printf "| %s | %s ms | %s | %s ms | %.2f × | %s |\n", what, a, other, b, a / b, goal }'; }

echo "| what | xnet | against | it | ratio | goal |"
echo "|---|---|---|---|---|---|"

ours=$(median "$xnet --version")
row "\`xnet --version\`" "$ours" "\`/bin/true\`" "$(median /bin/true)" "–"
if command -v just >/dev/null; then
    row "\`xnet --version\`" "$ours" "\`just --version\`" "$(median "just --version")" "≤ 1.5 ×"
    mkdir -p "$work/tasks"
    printf 'tasks:\n  empty:\n    script: "()"\n' >"$work/tasks/bench.yaml"
    printf 'empty:\n    @true\n' >"$work/justfile"
    row "a task with one empty script step" "$(median "$xnet -q -C $work run empty")" "a \`just\` recipe that runs \`true\`" \
        "$(median "just --justfile $work/justfile --working-directory $work empty")" "≤ 2 ×"
fi
if command -v docker >/dev/null; then
    row "\`xnet network ls\`" "$(median "$xnet network ls")" "\`docker network ls\`" "$(median "docker network ls")" "≤ 0.3 ×"
fi

# Each operation on a network, timed inside a script, and as one request by curl; a cycle of each in turn.
mkdir -p "$work/root/bin"
cp "$(command -v busybox)" "$work/root/bin/busybox"
ln -s busybox "$work/root/bin/sleep"
tar -C "$work/root" -cf "$work/image.tar" .
"$xnet" eval "docker.image.import_tar(\"$work/image.tar\", \"$image\"); docker.run(\"$image\", #{name: \"$prefix\", command: [\"sleep\", \"100000\"]});" >/dev/null
cat >"$work/cycle.rhai" <<'RHAI'
let net = params.net;
let times = [];
let t = timestamp(); docker.network.create(net, #{ipam: #{subnet: params.subnet}}); times.push(t.elapsed);
t = timestamp(); docker.network.connect(net, params.container); times.push(t.elapsed);
t = timestamp(); docker.network.inspect(net); times.push(t.elapsed);
t = timestamp(); docker.network.disconnect(net, params.container); times.push(t.elapsed);
t = timestamp(); docker.network.remove(net); times.push(t.elapsed);
let line = ""; for time in times { line += `${time * 1000.0} `; } print(line);
RHAI
ask() { curl -sf --unix-socket "$socket" -o /dev/null -w '%{time_total} ' -H 'Content-Type: application/json' "$@"; }
curl_cycle() {
    local net=$prefix-net
    ask -d "{\"Name\":\"$net\",\"CheckDuplicate\":true,\"IPAM\":{\"Config\":[{\"Subnet\":\"$subnet\"}]}}" http://d/networks/create
    ask -d "{\"Container\":\"$prefix\"}" "http://d/networks/$net/connect"
    ask "http://d/networks/$net"
    ask -d "{\"Container\":\"$prefix\"}" "http://d/networks/$net/disconnect"
    ask -X DELETE "http://d/networks/$net"
    echo
}
for _ in $(seq "$cycles"); do
    "$xnet" script "$work/cycle.rhai" net="$prefix-net" container="$prefix" subnet="$subnet" >>"$work/xnet.txt"
    curl_cycle | awk '{ for (i = 1; i <= NF; i++) printf "%s ", $i * 1000; print "" }' >>"$work/curl.txt"
done
column() { awk -v c="$2" '{ print $c }' "$1" | sort -g | awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] }'; }
index=0
for operation in create connect inspect disconnect remove; do
    index=$((index + 1))
    row "network $operation from a script" "$(column "$work/xnet.txt" $index)" "the request with curl" \
        "$(column "$work/curl.txt" $index)" "≤ 1.1 ×"
done

echo
if [ -x /usr/bin/time ] && [ -d "$work/tasks" ]; then
    peak=$(/usr/bin/time -f %M "$xnet" -q -C "$work" run empty 2>&1 | awk '{ printf "%.1f", $1 / 1024 }')
    echo "Peak memory of \`xnet run\` of an empty task: $peak MiB (goal: 20)."
fi
echo "Size of the stripped binary: $(stat -c %s "$xnet" | awk '{ printf "%.1f", $1 / 1e6 }') MB (goal: 12)."
