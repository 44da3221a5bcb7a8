# shellcheck shell=bash
# Functions that start and stop a Slurm of one node on the loopback address, all of it under one folder: its own
# configuration, munge key, spool, logs and ports, so that it meets no other Slurm of the machine.
# Sourced by start.sh, stop.sh and run.sh.

# Programs that are needed and not installed, on one line; an empty line if there are none.
cluster_missing() {
    local program missing=()
    for program in slurmctld slurmd munged sbatch squeue scancel scontrol sinfo; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    echo "${missing[*]-}"
}

# cluster_free_port FIRST: a port of the loopback address, from FIRST on, that is free.
cluster_free_port() {
    local port
    for ((port = $1; port < $1 + 500; port++)); do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    echo "no free port from $1" >&2
    return 1
}

# cluster_configure FOLDER CPUS
cluster_configure() {
    local folder=$1 cpus=$2 host controller node
    host=$(hostname -s)
    controller=$(cluster_free_port $((20000 + $$ % 10000)))
    node=$(cluster_free_port $((controller + 1)))
    mkdir -p "$folder"/{munge,state,spool,log,run}
    # munged wants its socket to be within the reach of everybody.
    chmod 0711 "$folder" "$folder/munge"
    head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 0400 "$folder/munge/key"
    cat >"$folder/slurm.conf" <<CONF
ClusterName=dyadsim
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=100000,batch_sched_delay=1
MaxArraySize=51
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=10
NodeName=$host NodeAddr=127.0.0.1 Port=$node CPUs=$cpus State=UNKNOWN
PartitionName=quick Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    # From 23.02 on slurmd looks for cgroups whatever the plugins are, unless it is told not to.
    if [[ $(slurmd -V | grep -oE '[0-9]+' | head -1) -ge 23 ]]; then
        echo "CgroupPlugin=disabled" >"$folder/cgroup.conf"
    fi
}

# cluster_start FOLDER CPUS: returns when the node is idle.
cluster_start() {
    local folder=$1 state
    cluster_configure "$folder" "$2"
    export SLURM_CONF=$folder/slurm.conf
    munged --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/run/munged.pid" \
        --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed"
    slurmctld
    slurmd
    for _ in $(seq 150); do
        state=$(sinfo --noheader --format=%T 2>/dev/null || true)
        [[ $state == idle ]] && return
        sleep 0.2
    done
    echo "Slurm did not come up: the node is '${state:-unknown}'" >&2
    return 1
}

# cluster_stop FOLDER: ends the daemons that were started in it, and their jobs; waits until they are gone.
cluster_stop() {
    local folder=$1 name pid
    export SLURM_CONF=$folder/slurm.conf
    if [[ -e $folder/run/slurmctld.pid ]]; then
        timeout 10 scancel --user=root --state=PENDING 2>/dev/null || true
        timeout 10 scancel --user=root --signal=KILL --full 2>/dev/null || true
        for _ in $(seq 50); do
            [[ -z $(timeout 10 squeue --noheader 2>/dev/null) ]] && break
            sleep 0.2
        done
    fi
    for name in slurmd slurmctld munged; do
        pid=$(cat "$folder/run/$name.pid" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
}

# cluster_logs FOLDER: what the daemons said last.
cluster_logs() {
    local log
    for log in "$1"/log/*.log; do
        echo "--- $log"
        tail -n 60 "$log"
    done
}
