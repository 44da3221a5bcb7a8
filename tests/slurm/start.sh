#!/usr/bin/env bash
# start.sh FOLDER [CPUS]: starts a Slurm of one node in FOLDER, to try things out; stop it with stop.sh FOLDER.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
if ! cluster_start "$folder" "${2:-2}"; then
    cluster_logs "$folder"
    cluster_stop "$folder"
    exit 1
fi
echo "export SLURM_CONF=$folder/slurm.conf"
