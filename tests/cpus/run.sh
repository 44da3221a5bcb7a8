#!/usr/bin/env bash
# run.sh PROGRAM: the same bits on other processors. A short run in portable arithmetic, on a chip with most sources of noise and
# with tanh, on this processor and under emulated ones; `dyad diff` compares every number of the traces.
#
# Where there is no qemu-user, or the processor is no x86-64, it says so and ends well.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

skip() {
    echo "test-cpus: skipped: $1"
    exit 0
}
[[ $(uname -m) == x86_64 ]] || skip "this processor is no x86-64"
command -v qemu-x86_64 >/dev/null || skip "qemu-x86_64 is not installed (Debian: apt-get install qemu-user)"

dyad=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp "$here/../../hw_models/analog_generic.json" hardware.json
cat >experiment.json <<'JSON'
{
  "schema_version": 2,
  "title": "The same bits on other processors",
  "hardware": "hardware.json",
  "data": {"source": {"digits": {"train_count": 100, "test_count": 40}}},
  "network": {"hidden": [40, 20], "activation": "tanh"},
  "nudging": {"alpha": 0.25, "beta": 0.2},
  "schedule": {"fwbwK": {"passes": 2}},
  "training": {"epochs": 1, "batch_size": 20, "rate": 0.002},
  "recording": {"states": {"every_steps": 1, "samples": {"first": 2}}, "weights": true},
  "output": {"figure": false}
}
JSON
run=(run experiment.json --arithmetic portable --quiet --threads 1)

"$dyad" "${run[@]}" --out here >/dev/null
for feature in avx512f avx2 fma; do
    echo "this processor: $(grep -qw "$feature" /proc/cpuinfo && echo with || echo without) $feature"
done
failed=0
# Haswell has AVX2 and FMA, Sandy Bridge neither but AVX, Nehalem none of them.
for cpu in Haswell SandyBridge Nehalem; do
    # What of the processor is not emulated is told once for every feature.
    qemu-x86_64 -cpu "$cpu" "$dyad" "${run[@]}" --out "$cpu" >/dev/null 2>"$cpu.log" ||
        { cat "$cpu.log"; exit 1; }
    if told=$("$dyad" diff here "$cpu"); then
        echo "$cpu: the same bits"
    else
        echo "$cpu: other bits"
        echo "$told"
        failed=1
    fi
done
exit $failed
