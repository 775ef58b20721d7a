#!/usr/bin/env bash
# Prints the speed of xnet against what people use instead, side by side in one run, as a Markdown table of medians.
#
#   cargo build --release && benches/run.sh
#
# Needs hyperfine, curl, busybox (static) and a Docker engine; `just` (cargo install just), `task` (pip install go-task-bin),
# `docker` and `/usr/bin/time` are used where they are there; `JUST` and `TASK` say where the first two are. `ONLY=tasks` leaves
# out all that asks the engine. `MEASURE=cpu` takes the processor's time, of the program and the system together, in place of
# the clock's: on a machine that is busy with other things only that says something.
set -euo pipefail
cd "$(dirname "$0")/.."

xnet=$PWD/target/release/xnet
just=${JUST:-just}
task=${TASK:-task}
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
    for name in "$prefix-one" $(seq -f "$prefix-%g" 60); do
        curl -s --unix-socket "$socket" -X DELETE "http://d/containers/$name?force=1" >/dev/null || true
    done
    for name in "$prefix-net" $(seq -f "$prefix-net-%g" 30); do
        curl -s --unix-socket "$socket" -X DELETE "http://d/networks/$name" >/dev/null || true
    done
    curl -s --unix-socket "$socket" -X DELETE "http://d/images/$image" >/dev/null || true
    rm -rf "$work"
}
trap clean EXIT

for tool in hyperfine curl busybox; do
    command -v "$tool" >/dev/null || { say "$tool is missing: apt-get install $tool (busybox-static for busybox)"; exit 2; }
done
[ -x "$xnet" ] || { say "build it first: cargo build --release"; exit 2; }

# Median of a command, or its mean time of the processor, in milliseconds.
median() {
    hyperfine -N --warmup 5 --runs "$runs" --style none --export-csv "$work/out.csv" "$1" >/dev/null 2>&1 \
        || { say "failed: $1"; exit 1; }
    awk -F, -v measure="${MEASURE:-}" \
        'NR == 2 { printf "%.2f", (measure == "cpu" ? $(NF - 3) + $(NF - 2) : $(NF - 4)) * 1000 }' "$work/out.csv"
}
row() { awk -v what="$1" -v a="$2" -v other="$3" -v b="$4" -v goal="$5" \
    'BEGIN { printf "| %s | %s ms | %s | %s ms | %.2f × | %s |\n", what, a, other, b, a / b, goal }'; }

echo "| what | xnet | against | it | ratio | goal |"
echo "|---|---|---|---|---|---|"

ours=$(median "$xnet --version")
row "\`xnet --version\`" "$ours" "\`/bin/true\`" "$(median /bin/true)" "–"
if command -v "$just" >/dev/null; then
    row "\`xnet --version\`" "$ours" "\`just --version\`" "$(median "$just --version")" "≤ 1.5 ×"
fi

# The same tasks for each: an empty one, 500 that are listed, 100 steps, 50 that one needs.
mkdir -p "$work/tasks" "$work/many/tasks" "$work/many/.xnet"
{
    printf 'tasks:\n  empty: {script: "()"}\n  true: {command: "true"}\n  steps:\n    steps:\n'
    for _ in $(seq 100); do echo '      - command: "true"'; done
    printf '  all:\n    needs: [%s]\n    command: "true"\n' "$(seq -s, -f 'n%g' 50)"
    for number in $(seq 50); do printf '  n%s: {command: "true"}\n' "$number"; done
} >"$work/tasks/bench.yaml"
{
    printf 'empty:\n    @true\nsteps:\n'
    for _ in $(seq 100); do printf '    @true\n'; done
    printf '[parallel]\nall: %s\n    @true\n' "$(seq -s' ' -f 'n%g' 50)"
    for number in $(seq 50); do printf 'n%s:\n    @true\n' "$number"; done
} >"$work/justfile"
{
    printf 'version: "3"\nsilent: true\ntasks:\n  empty: {cmds: ["true"]}\n  steps:\n    cmds:\n'
    for _ in $(seq 100); do echo '      - "true"'; done
    printf '  all:\n    deps: [%s]\n    cmds: ["true"]\n' "$(seq -s, -f 'n%g' 50)"
    for number in $(seq 50); do printf '  n%s: {cmds: ["true"]}\n' "$number"; done
} >"$work/Taskfile.yml"
printf 'tasks:\n' >"$work/many/tasks/bench.yaml"
printf 'version: "3"\ntasks:\n' >"$work/many/Taskfile.yml"
for number in $(seq 500); do
    printf '  task-%s:\n    description: The task of number %s\n    params: [{name: a, default: x}, {name: b, type: int, default: 1}]\n    command: echo ${params.a}\n' "$number" "$number" >>"$work/many/tasks/bench.yaml"
    printf '# The task of number %s\ntask-%s a="x" b="1":\n    echo {{a}}\n' "$number" "$number" >>"$work/many/justfile"
    printf '  task-%s:\n    desc: The task of number %s\n    cmds: ["echo {{.A}}"]\n' "$number" "$number" >>"$work/many/Taskfile.yml"
done
script_step=$(median "$xnet -q -C $work run empty")
command_step=$(median "$xnet -q -C $work run true")
listed=$(median "$xnet -C $work/many tasks")
steps=$(median "$xnet -q -C $work run steps")
needs=$(median "$xnet -q -C $work run all")
if command -v "$just" >/dev/null; then
    just_() { median "$just --justfile $1/justfile --working-directory $1 $2"; }
    row "a task with one empty script step" "$script_step" "a \`just\` recipe that runs \`true\`" "$(just_ "$work" empty)" "≤ 2 ×"
    row "a task that runs \`true\`" "$command_step" "the same with \`just\`" "$(just_ "$work" empty)" "≤ 2 ×"
    row "500 tasks, listed" "$listed" "\`just --list\`" "$(just_ "$work/many" --list)" "–"
    row "100 steps of \`true\`" "$steps" "the same with \`just\`" "$(just_ "$work" steps)" "–"
    row "50 needs in parallel" "$needs" "the same with \`just\`" "$(just_ "$work" all)" "–"
fi
# The other program of this name keeps lists of what is to be done.
if "$task" --version 2>/dev/null | grep -Eq '^v?(Task version: v)?3\.'; then
    gotask() { median "$task -d $1 $2"; }
    row "a task that runs \`true\`" "$command_step" "the same with go-task" "$(gotask "$work" empty)" "–"
    row "500 tasks, listed" "$listed" "\`task --list-all\`" "$(gotask "$work/many" --list-all)" "–"
    row "100 steps of \`true\`" "$steps" "the same with go-task" "$(gotask "$work" steps)" "–"
    row "50 needs in parallel" "$needs" "the same with go-task" "$(gotask "$work" all)" "–"
fi
goal() { awk -v what="$1" -v a="$2" -v goal="$3" 'BEGIN { printf "| %s | %s ms | – | – | – | %s |\n", what, a, goal }'; }
goal "completion of a task's name among 500" "$(median "$xnet -C $work/many __complete -- run task-4")" "≤ 10 ms"
goal "completion of a parameter of one task among 500" "$(median "$xnet -C $work/many __complete -- run task-4 a")" "≤ 10 ms"
goal "completion of a parameter's value" "$(median "$xnet -C $work __complete -- run empty a")" "≤ 10 ms"
goal "\`xnet check\` of 500 tasks" "$(median "$xnet -C $work/many check")" "–"
[ "${ONLY:-}" != tasks ] || exit 0

if command -v docker >/dev/null; then
    row "\`xnet network ls\`" "$(median "$xnet network ls")" "\`docker network ls\`" "$(median "docker network ls")" "≤ 0.3 ×"
fi

# Each operation, timed inside a script, and as one request by curl; a cycle of each in turn.
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
rows() {
    local kind=$1 index=0
    shift
    for operation in "$@"; do
        index=$((index + 1))
        row "$kind $operation from a script" "$(column "$work/xnet.txt" $index)" "the same with curl" \
            "$(column "$work/curl.txt" $index)" "≤ 1.1 ×"
    done
    rm -f "$work/xnet.txt" "$work/curl.txt"
}
rows network create connect inspect disconnect remove

# The same of a container. `run` is two requests.
cat >"$work/cycle.rhai" <<'RHAI'
let name = params.name;
let times = [];
let t = timestamp(); docker.run(params.image, #{name: name, command: ["sleep", "1000"]}); times.push(t.elapsed);
t = timestamp(); docker.inspect(name); times.push(t.elapsed);
t = timestamp(); docker.list(); times.push(t.elapsed);
t = timestamp(); docker.logs(name); times.push(t.elapsed);
t = timestamp(); docker.pause(name); times.push(t.elapsed);
t = timestamp(); docker.unpause(name); times.push(t.elapsed);
t = timestamp(); docker.kill(name); times.push(t.elapsed);
t = timestamp(); docker.start(name); times.push(t.elapsed);
t = timestamp(); docker.remove(name); times.push(t.elapsed);
let line = ""; for time in times { line += `${time * 1000.0} `; } print(line);
RHAI
json() { curl -sf --unix-socket "$socket" -H 'Content-Type: application/json' "$@"; }
# Several requests that are one operation: their times added up.
together() { awk '{ sum = 0; for (i = 1; i <= NF; i++) sum += $i; printf "%s ", sum }'; }
curl_container() {
    local name=$prefix-one body="{\"Image\":\"$image\",\"Cmd\":[\"sleep\",\"1000\"]}"
    { ask -d "$body" "http://d/containers/create?name=$name"; ask -X POST "http://d/containers/$name/start"; } | together
    ask "http://d/containers/$name/json"
    ask "http://d/containers/json"
    ask "http://d/containers/$name/logs?stdout=1&stderr=1"
    for verb in pause unpause kill; do ask -X POST "http://d/containers/$name/$verb"; done
    json -o /dev/null -X POST "http://d/containers/$name/wait"
    ask -X POST "http://d/containers/$name/start"
    ask -X DELETE "http://d/containers/$name?force=1"
    echo
}
for _ in $(seq "$cycles"); do
    "$xnet" script "$work/cycle.rhai" name="$prefix-one" image="$image" >>"$work/xnet.txt"
    curl_container | awk '{ for (i = 1; i <= NF; i++) printf "%s ", $i * 1000; print "" }' >>"$work/curl.txt"
done
rows container run inspect list logs pause unpause kill start remove

# A whole process that starts a container.
prepared() {
    hyperfine -N --warmup 1 --runs "$cycles" --style none --export-csv "$work/out.csv" \
        --prepare "curl -s -o /dev/null --unix-socket $socket -X DELETE http://d/containers/$prefix-one?force=1" "$1" >/dev/null 2>&1 \
        || { say "failed: $1"; exit 1; }
    awk -F, 'NR == 2 { printf "%.2f", $(NF - 4) * 1000 }' "$work/out.csv"
}
if command -v docker >/dev/null; then
    echo "docker.run(params.image, #{name: params.name, command: [\"sleep\", \"1000\"]});" >"$work/run.rhai"
    row "\`docker.run\` in a script of its own" "$(prepared "$xnet $work/run.rhai name=$prefix-one image=$image")" "\`docker run -d\`" \
        "$(prepared "docker run -d --name $prefix-one $image sleep 1000")" "–"
fi

# Many networks and containers: the list with who is attached.
for number in $(seq 30); do
    json -o /dev/null -d "{\"Name\":\"$prefix-net-$number\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.253.$number.0/28\"}]}}" http://d/networks/create
done
for number in $(seq 60); do
    network=$prefix-net-$(((number + 1) / 2))
    json -o /dev/null -d "{\"Image\":\"$image\",\"Cmd\":[\"sleep\",\"1000\"],\"HostConfig\":{\"NetworkMode\":\"$network\"}}" \
        "http://d/containers/create?name=$prefix-$number"
    json -o /dev/null -X POST "http://d/containers/$prefix-$number/start"
done
echo 'let times = []; for i in 0..30 { let t = timestamp(); docker.network.list(); times.push(t.elapsed); }
for time in times { print(time * 1000.0); }' >"$work/list.rhai"
"$xnet" "$work/list.rhai" >"$work/xnet.txt"
for _ in $(seq 30); do { ask http://d/networks; ask "http://d/containers/json"; } | together | awk '{ print $1 * 1000 }'; done >"$work/curl.txt"
row "network list from a script, 30 networks, 60 containers" "$(column "$work/xnet.txt" 1)" "both lists with curl" "$(column "$work/curl.txt" 1)" "≤ 1.1 ×"
if command -v docker >/dev/null; then
    printf '#!/bin/sh\ndocker network inspect $(docker network ls -q)\n' >"$work/inspect.sh"
    chmod +x "$work/inspect.sh"
    row "\`xnet network ls --json\`, the same" "$(median "$xnet network ls --json")" "\`docker network inspect \$(docker network ls -q)\`" \
        "$(median "$work/inspect.sh")" "–"
fi

echo
if [ -x /usr/bin/time ] && [ -d "$work/tasks" ]; then
    peak=$(/usr/bin/time -f %M "$xnet" -q -C "$work" run empty 2>&1 | awk '{ printf "%.1f", $1 / 1024 }')
    echo "Peak memory of \`xnet run\` of an empty task: $peak MiB (goal: 20)."
fi
echo "Size of the stripped binary: $(stat -c %s "$xnet" | awk '{ printf "%.1f", $1 / 1e6 }') MB (goal: 12)."
