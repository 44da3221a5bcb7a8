#!/usr/bin/env bash
# stop.sh FOLDER: stops the Slurm that start.sh has started in FOLDER.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
cluster_stop "$(cd "$1" && pwd)"
