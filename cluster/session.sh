# ---- What follows is the same for every job. --------------------------------------------------------------
set -uo pipefail
exec 3>&1 # the log of the job

say() { printf '%s  %s\n' "$(date '+%F %T')" "$*" | tee -a "$run/job/story.log"; }
epochs() { { cat "$run/journal.log" 2> /dev/null || true; } | grep -c '"epoch [0-9]'; } # of all trials
# Why the search has failed: its own last line, for Ray may print others after it.
why() { grep "^python -m search: " "$session/search.log" | tail -n 1 | grep . || tail -n 1 "$session/search.log"; }
state() { squeue --noheader --format=%T --jobs="$SLURM_JOB_ID" 2> /dev/null; }
# A step gets all that the job has on its nodes, and shares it with the other steps there.
step() { srun --quiet --overlap --input=none "$@"; }
named() { # named NAME NODE COMMAND…: a step on one node, which `end` can end
    # shellcheck disable=SC2016 # the step knows its number
    step --nodes=1 --ntasks=1 --nodelist="$2" \
        bash -c 'echo "$SLURM_STEP_ID" > "$0" && exec "$@"' "$session/step.$1" "${launch[@]}" "${@:3}"
}
end() { # end NAME PROCESS [SIGNAL]: a signal for a step; of one for srun itself the step would die at once
    if [ -s "$session/step.$1" ]; then
        scancel --signal="${3:-TERM}" "$SLURM_JOB_ID.$(< "$session/step.$1")"
    else
        kill "$2"
    fi
}

# shellcheck disable=SC2317 # a step on another node calls it
guard() { # on each other node: without its first node a job has no script, and --no-kill lets it last so
    trap '' TERM
    local head
    head=$(< "$session/address")
    until [ -e "$session/leaving" ]; do
        sleep 5
        ! timeout 5 bash -c ": < /dev/tcp/${head%:*}/${head##*:}" 2> /dev/null || continue
        case $(sinfo --noheader --nodes="$first" --format=%t) in
            down* | fail* | drain\* | drng\*) # an asterisk: it does not answer
                echo "$(date '+%F %T')  $first has died, and with it this script: requeued" >> "$run/job/story.log"
                ! scontrol requeue "$SLURM_JOB_ID" || return
                ;;
        esac
    done
}

leave() { # leave STATUS TEXT [requeue]: ends Ray on all nodes, then this job
    trap - EXIT
    say "$2"
    touch "$session/leaving"
    for name in "${!steps[@]}"; do end "$name" "${steps[$name]}" USR1 2> /dev/null; done
    for _ in {1..40}; do # 20 seconds; then srun ends with this script
        [ -z "$(jobs -r)" ] && break
        sleep 0.5
    done
    rm -f "$session/token"
    if [ "${3:-}" = requeue ]; then
        trap - TERM # SLURM ends this script and starts it again
        scontrol requeue "$SLURM_JOB_ID" && sleep 300
    fi
    exit "$1"
}

# ---- The session's folder, and its token: only the owner of this job can use its Ray. ---------------------
restarts=${SLURM_RESTART_COUNT:-0}
session=$run/job/sessions/$SLURM_JOB_ID.$restarts
rm -rf "$session"
(umask 077 && mkdir -p "$session/marks" && od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n' > "$session/token") || exit 1
unset RAY_ADDRESS RAY_AUTH_TOKEN RAY_NAMESPACE
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=$session/token RAY_USAGE_STATS_ENABLED=0

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
declare -A steps=() # those that last as long as the job: name → the process here
before=$(epochs)
trap 'leave 1 "Stopped: the job script has ended early"' EXIT

say "Job $SLURM_JOB_ID, start $((restarts + 1)), on ${nodes[*]}; $before epochs are trained"
((restarts <= requeues)) || leave 1 "Stopped: the job has started again $restarts times (--requeues $requeues)"
cd "$work" || leave 1 "Stopped: there is no folder $work on ${nodes[0]}"

# ---- Each node sees the folder of the run, and its GPUs. --------------------------------------------------
step --nodes="${#nodes[@]}" --ntasks="${#nodes[@]}" --ntasks-per-node=1 --kill-on-bad-exit=0 \
    "${launch[@]}" "$python" -P -m cluster.node check --folder "$session" --nodes "${#nodes[@]}" \
    --gpus "$gpus" > "$session/check.log" 2>&1 || [ -n "$stop" ] || {
    cat "$session/check.log"
    leave 1 "Stopped: a node cannot do this search: $(grep -m 1 'node ' "$session/check.log")"
}

# ---- Ray: each node in a step of its own, so that one can die without the others. -------------------------
hold() { # hold NODE [--head]
    local status=0
    # Ray gives up on a node that needs more than 30 seconds, on a slow file system for example.
    for _ in 1 2 3; do
        named "ray-$1" "$1" "$python" -P -m cluster.node ray --folder "$session" "${@:2}" >> "$session/$1.log" 2>&1
        status=$?
        [ ! -e "$session/leaving" ] || return
        [ ! -e "$session/complete" ] || break
        say "Ray on $1 has not started ($status): $session/$1.log"
    done
    [ ! -e "$session/complete" ] || say "Ray on $1 has ended ($status); its trials go on elsewhere: $session/$1.log"
}
hold "${nodes[0]}" --head &
steps[ray-${nodes[0]}]=$!
for node in "${nodes[@]:1}"; do
    hold "$node" &
    steps[ray-$node]=$!
done
named ready "${nodes[0]}" "$python" -P -m search.executors.ready --file "$session/address" \
    --nodes "${#nodes[@]}" --seconds 300 > "$session/ready.log" 2>&1 || [ -n "$stop" ] ||
    leave 1 "Stopped: Ray has not started: $(grep -m 1 "^Ray has \|^no Ray" "$session/ready.log" || tail -n 1 "$session/ready.log")"
touch "$session/complete"
if ((${#nodes[@]} > 1)); then
    export run session first=${nodes[0]}
    for node in "${nodes[@]:1}"; do
        # shellcheck disable=SC2016 # the step knows its number
        step --nodes=1 --ntasks=1 --nodelist="$node" bash -c \
            'echo "$SLURM_STEP_ID" > "$session/step.guard-$0"; eval "$1"; guard' "$node" "$(declare -f guard)" \
            > /dev/null 2>&1 &
        steps[guard-$node]=$!
    done
fi
while read -r line; do say "$line"; done < <(grep "^Ray on " "$session/ready.log")
[ ! -e "$session/dashboard" ] ||
    say "Ray's dashboard: ssh -L 8265:127.0.0.1:$(< "$session/dashboard") -J $SLURM_SUBMIT_HOST ${nodes[0]}"
say "TensorBoard: tensorboard --logdir ${run@Q}, and from elsewhere ssh -L 6006:127.0.0.1:6006 $SLURM_SUBMIT_HOST"

# ---- The search: a new run, or the one that an earlier session has begun. ---------------------------------
[ ! -e "$run/run.json" ] || new=("${resume[@]}")
if [ -z "$stop" ]; then
    named search "${nodes[0]}" "$python" -P -m search "${new[@]}" --address "$(< "$session/address")" \
        > "$session/result.txt" 2> >(tee "$session/search.log" >&3) &
    search=$!
    [ -z "$stop" ] || end search "$search"
    while status=0; wait "$search" || status=$?; kill -0 "$search" 2> /dev/null; do
        # A signal has ended the wait. After half of the time that is left, the search is told again: it then
        # leaves the epochs in flight.
        (sleep $((notice / 2)) && end search "$search") 2> /dev/null &
        reminder=$!
    done
    [ -z "${reminder:-}" ] || kill "$reminder" 2> /dev/null
    cat "$session/result.txt"
    # Of a preemption SLURM tells the steps alone, and not this script.
    [ -n "$stop" ] || [ "$status" != 143 ] || stop=TERM
fi

# ---- The end: done, failed, cancelled, or to go on later. -------------------------------------------------
trained=$(($(epochs) - before))
if [ "${status:-1}" = 0 ]; then
    [ -z "${SLURM_ARRAY_JOB_ID:-}" ] || scancel --state=PENDING "$SLURM_ARRAY_JOB_ID"
    leave 0 "Done: $(grep -m 1 "^Best of " "$session/result.txt")" # Ray may print lines before it
fi
case $stop in
    "") leave 1 "Failed ($status): $(why)" ;;
    USR2) leave 143 "Cancelled after $trained epochs. Resume with: $again" ;;
    USR1) reason="the walltime ends" ;;
    *) reason="SLURM has sent $stop" ;;
esac
say "Stopped after $trained epochs: $reason"
if [ "$stop" != USR1 ] && [ "$(state)" != RUNNING ]; then
    leave 143 "SLURM ends this job. Unless it starts again, resume with: $again"
elif ((trained == 0)); then
    leave 1 "Not started again: no epoch was finished. Give the job more --hours, then: $again"
elif [ -n "${SLURM_ARRAY_JOB_ID:-}" ]; then
    leave 0 "The next of the jobs goes on, if there is one. Otherwise resume with: $again"
elif ((restarts >= requeues)); then
    leave 1 "Not started again: --requeues $requeues is used up. Resume with: $again"
fi
leave 0 "Requeued: the job starts again, and the search goes on" requeue
