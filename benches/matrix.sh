#!/usr/bin/env bash
# Prints how fast `xnet matrix` is against the loop of `docker exec … ping` and `nc` that it stands for, as Markdown.
#
#   cargo build --release && benches/matrix.sh
#
# Needs docker, busybox (static) and root. The loop is sampled and the rest of it calculated: in full it takes half an hour.
# `SAMPLES` sets how many of its probes are run of each kind, `RUNS` how often the matrix is, `CROWD` how many containers the
# second part has.
set -euo pipefail
cd "$(dirname "$0")/.."

xnet=${XNET:-$PWD/target/release/xnet}
samples=${SAMPLES:-12}
runs=${RUNS:-20}
crowd=${CROWD:-100}
prefix=xnet-bench-$$
work=$(mktemp -d)

clean() {
    docker ps -aq --filter "label=$prefix" | xargs -r docker rm -f >/dev/null
    for name in red green blue crowd; do docker network rm "$prefix-$name" >/dev/null 2>&1 || true; done
    docker rmi "$prefix" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean EXIT

mkdir -p "$work/root/bin"
cp "$(command -v busybox)" "$work/root/bin/busybox"
for applet in sh ping nc httpd; do ln -s busybox "$work/root/bin/$applet"; done
tar -C "$work/root" -c . | docker import - "$prefix" >/dev/null

start() { docker run -d --label "$prefix" --label "$prefix-$1" --network "$prefix-$1" --name "$prefix-$2" "$prefix" httpd -f -p 80 >/dev/null; }
export -f start
export prefix

now() { date +%s%N; }
millis() { echo $((($2 - $1) / 1000000)); }

for name in red green blue; do docker network create "$prefix-$name" >/dev/null; done
for number in $(seq 0 29); do
    names=(red green blue)
    echo "${names[$((number % 3))]} $number"
done | xargs -P 3 -L 1 bash -c 'start "$0" "$1"'

# The matrix, the median of some runs.
for _ in 1 2 3 4 5; do
    begin=$(now)
    "$xnet" --json matrix --label "$prefix" --port 80 --proto icmp,tcp >"$work/matrix.json"
    millis "$begin" "$(now)"
done | sort -n | sed -n 3p >"$work/took"
took=$(cat "$work/took")
count() { grep -c "\"cause\": \"$1\"" "$work/matrix.json" || true; }
# The list of failures repeats what did not answer.
answered=$(count reachable) dropped=$(($(count filtered) / 2))
peak=$(/usr/bin/time -f %M "$xnet" --json matrix --label "$prefix" --port 80 --proto icmp,tcp 2>&1 >/dev/null | tail -1)

# The loop: the same questions, one after another.
ip() { docker inspect -f "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}" "$prefix-$1"; }
near=$(ip 3) far=$(ip 1)
loop() {
    local begin=$(now)
    for _ in $(seq "$samples"); do
        docker exec "$prefix-0" ping -c1 -W1 "$1" >/dev/null 2>&1 || true
        docker exec "$prefix-0" nc -w 1 "$1" 80 </dev/null >/dev/null 2>&1 || true
    done
    echo $((($(now) - begin) / 1000 / samples / 2))
}
each_near=$(loop "$near") each_far=$(loop "$far")
whole=$(((each_near * answered + each_far * dropped) / 1000))

echo "| what | it | figure |"
echo "|---|---|---|"
echo "| 30 containers on 3 networks, $((answered + dropped)) probes, $dropped of them dropped, 1 s timeout | \`xnet matrix\`, process and all | $took ms |"
echo "| the same | loop of \`docker exec\` with \`ping -c1 -W1\` and \`nc -w 1\`, calculated from $((samples * 4)) of its probes | $whole ms |"
echo "| | ratio | $((whole / took)) × |"
echo "| one probe that answers | the loop | $((each_near / 1000)) ms |"
echo "| peak memory of \`xnet matrix\` | | $((peak / 1024)) MiB |"

docker ps -aq --filter "label=$prefix" | xargs -r docker rm -f >/dev/null
docker network create "$prefix-crowd" >/dev/null
seq "$crowd" | xargs -P 3 -I{} bash -c 'start crowd {}'
false_verdicts=0
for _ in $(seq "$runs"); do
    begin=$(now)
    "$xnet" --json matrix --label "$prefix-crowd" --port 80 --proto icmp,tcp >"$work/crowd.json"
    millis "$begin" "$(now)" >>"$work/crowd"
    false_verdicts=$((false_verdicts + $(sed -n 's/^  "failed": \([0-9]*\),$/\1/p' "$work/crowd.json")))
done
total=$(sed -n 's/^  "total": \([0-9]*\),$/\1/p' "$work/crowd.json")
middle=$(sort -n "$work/crowd" | sed -n "$(((runs + 1) / 2))p")
echo "| $crowd containers on one network, $total probes, all answered | median of $runs runs | $middle ms |"
echo "| | each probe | $((middle * 1000 / total)) µs |"
echo "| | false verdicts in all runs | $false_verdicts |"
