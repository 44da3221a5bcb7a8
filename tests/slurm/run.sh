#!/usr/bin/env bash
# run.sh PROGRAM: sweeps on a real Slurm that this script starts and stops: submitted, killed, stopped by the time
# limit, resumed, merged, and compared byte for byte with the sweep that the local engine makes.
#
# Where Slurm is not installed, or the user is not root, it says so and ends well. With CI=true it installs Slurm
# (Debian, Ubuntu) and has to run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cluster.sh"
. "$here/checks.sh"

skip() {
    echo "test-slurm: $1"
    [[ ${CI:-} == true ]] && exit 1
    echo "test-slurm: skipped"
    exit 0
}

[[ $(id -u) == 0 ]] || skip "only root can start a Slurm of its own"
if [[ -n $(cluster_missing) && ${CI:-} == true ]]; then
    echo "test-slurm: installing slurm-wlm and munge"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurm-wlm munge >/dev/null
fi
[[ -z $(cluster_missing) ]] || skip "not installed: $(cluster_missing) (Debian: apt-get install slurm-wlm munge)"

dyad=$(realpath "$1")
root=$(mktemp -d)
chmod 0711 "$root"
cluster=$root/cluster
finish() {
    local status=$?
    trap - EXIT
    set +e
    if [[ $status != 0 ]]; then
        echo "test-slurm: FAILED; what the jobs and the daemons said:"
        tail -n 20 "$root"/*/slurm/*.log 2>/dev/null
        [[ -d $cluster ]] && cluster_logs "$cluster"
    fi
    [[ -d $cluster ]] && cluster_stop "$cluster"
    rm -rf "$root"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Three processors, whatever the machine has: the tasks of two sweeps are to run next to each other.
mkdir "$cluster"
cluster_start "$cluster" 3
cd "$root"

# sweep_file NAME REPLICATES SETTINGS: the digits with two asymmetries and this many seeds.
sweep_file() {
    cat >"$1.json" <<JSON
{
  "schema_version": 2,
  "title": "Test of the Slurm engine: $1",
  "base": "$here/../../experiments/quickstart.json",
  "set": {$3},
  "axes": [{"name": "alpha", "keys": ["nudging.alpha"], "points": {"values": [0, 0.5]}}],
  "replicates": {"count": $2, "vary": ["init"]}${4:+,
  $4}
}
JSON
}
sweep_file noise 8 '"training.epochs": 5'
sweep_file long 400 '"training.epochs": 1'
sweep_file trained 1 '"training.epochs": 1' '"trained": {"set": {"training.epochs": 2}}'

check_no_submit
check_refusal

# Meanwhile a sweep that cannot end within its minute of time goes on next to the others.
start_time_limit

main="a sweep, 100% \"odd\""
check_submission "$main"
check_doubles "$main"
kill_one_task "$main"
check_merge_fails "$main"
check_status "$main"
check_resume "$main"
check_same_as_local "$main" noise.json
check_preparation
check_time_limit

echo "slurm: all $checks checks passed"
