# shellcheck shell=bash
# The checks of run.sh, in the order in which it calls them. The program is $dyad.

checks=0
passed() {
    checks=$((checks + 1))
    printf 'slurm: %3d s  %s\n' "$SECONDS" "$1"
}

fail() {
    echo "slurm: not so: $1" >&2
    exit 1
}

# expect TEXT FILE
expect() {
    grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' in $2"; }
}

# wait_until SECONDS WHAT COMMAND…
wait_until() {
    local limit=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [[ $SECONDS -lt $limit ]] || fail "$what"
        sleep 0.3
    done
}

# job DIR KIND: the number of the job that was submitted last.
job() {
    sed -n "/\"kind\": \"$2\"/{n;s/.*\"id\": \"\([0-9]*\)\".*/\1/p}" "$1/slurm/jobs.json"
}

is_gone() {
    [[ -z $(squeue --noheader --jobs="$1" 2>/dev/null) ]]
}

lines() {
    [[ -e $1 ]] && [[ $(wc -l <"$1") -ge $2 ]]
}

check_no_submit() {
    "$dyad" sweep noise.json --out written --engine slurm --tasks 4 --no-submit >said
    bash -n written/slurm/array.sh
    bash -n written/slurm/merge.sh
    expect "#SBATCH --array=1-4" written/slurm/array.sh
    expect "#SBATCH --array=1-4" said
    [[ ! -e written/slurm/jobs.json && -z $(squeue --noheader --states=all) ]] || fail "nothing was submitted"
    passed "--no-submit writes the scripts and submits nothing"
}

check_refusal() {
    if "$dyad" sweep --resume written --engine slurm --partition nowhere >said 2>&1; then
        fail "an unknown partition is refused"
    fi
    expect "sbatch refused" said
    expect "invalid partition" said
    [[ ! -e written/slurm/jobs.json ]] || fail "no job is remembered"
    passed "what sbatch refuses is told in its words"
}

start_time_limit() {
    # Slurm looks at time limits every half minute, so a warning of 60 s comes early in a job of one minute.
    "$dyad" sweep long.json --out long --engine slurm --tasks 1 --time 1 >said
}

check_submission() {
    "$dyad" sweep noise.json --out "$1" --engine slurm --tasks 4 >said
    expect "exec $dyad sweep --resume" said
    [[ -n $(job "$1" array) && -n $(job "$1" merge) ]] || fail "jobs.json holds the jobs"
    expect "$(job "$1" array)" said
    passed "an array and a merge are submitted"
}

check_doubles() {
    if "$dyad" sweep --resume "$1" --engine slurm >said 2>&1; then
        fail "a second submission is refused while the first one runs"
    fi
    expect "still has jobs in the queue" said
    expect "scancel $(job "$1" array) $(job "$1" merge)" said
    passed "a second submission is refused while the first one runs"
}

kill_one_task() {
    wait_until 60 "task 2 has run a point" lines "$1/shards/2-of-4.jsonl" 1
    # SIGKILL, as by a lack of memory; scancel would tell the program first.
    local task pids
    task=$(scontrol show job "$(job "$1" array)_2" | sed -n 's/^JobId=\([0-9]*\) .*/\1/p')
    pids=$(scontrol listpids "$task" | awk 'NR > 1 && $1 > 1 { print $1 }')
    [[ -n $pids ]] || fail "task 2 runs"
    # shellcheck disable=SC2086
    kill -KILL $pids
    wait_until 20 "task 2 is gone" is_gone "$(job "$1" array)_2"
    lines "$1/shards/2-of-4.jsonl" 4 && fail "task 2 was killed before its end"
    passed "one task is killed in the middle"
}

check_merge_fails() {
    wait_until 90 "the array and the merge end" is_gone "$(job "$1" merge)"
    [[ ! -e $1/sweep.h5 ]] || fail "there is no result without all points"
    cat "$1"/slurm/*-merge-*.log >said
    expect "points are missing" said
    expect "To run what is missing: " said
    for shard in 1 3 4; do
        lines "$1/shards/$shard-of-4.jsonl" 4 || fail "shard $shard is whole"
    done
    passed "the merge fails and says how to go on"
}

check_status() {
    "$dyad" status "$1" >said
    local finished
    finished=$(cat "$1"/shards/*.jsonl | wc -l)
    expect "16: $((16 - finished)) missing, $finished complete" said
    passed "dyad status counts the points that are done"
}

check_resume() {
    local command
    command=$(sed -n 's/^To run what is missing: //p' "$1"/slurm/*-merge-*.log)
    eval "$command" >said
    expect "#SBATCH --array=2" "$1/slurm/array.sh"
    wait_until 60 "the result is there" is_gone "$(job "$1" merge)"
    [[ -e $1/sweep.h5 ]] || fail "the second merge makes the result"
    passed "the command in its log submits only the missing shard, and the merge succeeds"
}

# check_same_as_local DIR FILE
check_same_as_local() {
    "$dyad" sweep "$2" --out "local-${2%.json}" --quiet >/dev/null
    cmp "$1/sweep.h5" "local-${2%.json}/sweep.h5"
    cmp "$1/sweep.csv" "local-${2%.json}/sweep.csv"
    # Failures would be alike, too.
    "$dyad" status "$1" >said
    grep -qE 'points +[0-9]+: [0-9]+ complete$' said || { cat said >&2; fail "all points are complete"; }
    passed "the result is that of the local engine, byte for byte"
}

check_preparation() {
    "$dyad" sweep trained.json --out trained --engine slurm >said
    expect "--prepare" trained/slurm/prepare.sh
    wait_until 60 "preparation, array and merge end" is_gone "$(job trained merge)"
    check_same_as_local trained trained.json
    passed "the array waits for the training that all points start from"
}

check_time_limit() {
    wait_until 100 "the array ends at its time limit" is_gone "$(job long array)"
    scontrol show job "$(job long array)_1" >said
    expect "ExitCode=130:0" said
    cat long/slurm/dyad-long-*_1.log >said
    expect "interrupted" said
    lines long/shards/1-of-1.jsonl 1 || fail "points that were done are kept"
    lines long/shards/1-of-1.jsonl 800 && fail "the sweep was too short for this test"
    "$dyad" status long >said
    expect "$(wc -l <long/shards/1-of-1.jsonl) complete" said
    passed "a task stops cleanly before its time limit"
}
