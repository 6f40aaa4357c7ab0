"""What the commands do: the files of a job are written here, and SLURM is asked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cluster import folder, search_check, slurm
from cluster import status as status_text
from cluster.folder import JobFolder
from cluster.job import Job, script
from cluster.options import OptionError

# A job that ends is to stop its search and its Ray itself, before SLURM does.
_PATIENCE = 180.0
_GLANCE = 5.0  # seconds for SLURM to answer where nothing is submitted
_ENDING = ("PENDING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED", "CONFIGURING")


class JobError(Exception):
    """A job cannot be started, or is not known; the message says why."""


def preview(job: Job) -> int:
    """Print the job script. It is checked against the site where a SLURM answers soon."""
    text = script(job)
    search_check.check(job)
    try:
        slurm.check(job.options, slurm.partitions(patience=_GLANCE))
    except slurm.SlurmError as error:
        print(f"Not checked against a site: {error}.", file=sys.stderr)
    print(text, end="")
    return 0


def submit(job: Job) -> int:
    """Write the job script and submit it."""
    text, place = script(job), JobFolder(job.run)
    search_check.check(job)
    slurm.check(job.options, slurm.partitions())
    if place.number and (active := _active(place.number)):
        raise JobError(f"{job.name} has a job already: {active[0].id} is {active[0].state}")
    place.write(text)
    number = slurm.submit(place.script)
    place.submitted(number)
    place.tell(f"Submitted as job {number}")
    print(
        f"Job {number}: {place.script}\n"
        f"Status:  python -m cluster status {job.run}\n"
        f"Logs:    python -m cluster logs {job.run} --follow\n"
        f"Stop it: python -m cluster cancel {job.run}"
    )
    return 0


def start(job: Job) -> int:
    """Run the job script in the allocation of this shell; return its exit status."""
    number = os.environ.get("SLURM_JOB_ID")
    if number is None:
        raise OptionError("start: there is no allocation here (SLURM_JOB_ID). salloc --nodes N …, or submit")
    text, place = script(job), JobFolder(job.run)
    search_check.check(job)
    place.write(text)
    place.submitted(number)
    place.tell(f"Started in the allocation {number}")
    left = slurm.seconds_left(number)
    # Out of this terminal's process group: Ctrl-C would end Ray before the search.
    process = subprocess.Popen(["bash", str(place.script)], start_new_session=True)
    end = None if left is None else time.monotonic() + left - job.options.notice
    while True:
        try:
            return process.wait(None if end is None else max(end - time.monotonic(), 0.0))
        except KeyboardInterrupt:
            process.send_signal(signal.SIGUSR2)
        except subprocess.TimeoutExpired:
            end = None
            process.send_signal(signal.SIGUSR1)


def find(runs: Path, name: str) -> JobFolder:
    """Return the job folder of a run.

    Raises:
        OptionError: there is no such run, or it has no job.
    """
    run = folder.find(runs, name)
    if run is None:
        known = ", ".join(f"{path.parent.name}/{path.name}" for path in folder.all_runs(runs)[-5:])
        raise OptionError(
            f"{name}: no run with a job, as a path or under {runs}. The latest: {known or 'none'}"
        )
    return JobFolder(run)


def overview(runs: Path) -> int:
    """Print the runs that have jobs."""
    places = [JobFolder(run) for run in folder.all_runs(runs)]
    lines = [status_text.line(place, slurm.jobs(place.number) if place.number else []) for place in places]
    print("\n".join(lines) or f"No run under {runs} has a job. python -m cluster --help")
    return 0


def status(place: JobFolder) -> int:
    """Print the screen of a run."""
    print(status_text.screen(place, slurm.jobs(place.number) if place.number else []))
    return 0


def logs(place: JobFolder, follow: bool = False) -> int:
    """Print what the job has printed; with `follow`, what it prints until it ends."""
    printed = 0
    while True:
        going_on = follow and place.number is not None and bool(_active(place.number))
        text = place.log.read_text(encoding="utf-8", errors="replace") if place.log.is_file() else ""
        print(text[printed:], end="", flush=True)
        printed = len(text)
        if not going_on:
            break
        time.sleep(2)
    if session := place.session():
        print(f"Logs of the nodes: {session}", file=sys.stderr)
    return 0


def cancel(place: JobFolder) -> int:
    """Stop a job's search after the epochs in flight, and take the job away."""
    number = place.number
    if number is None or not _active(number):
        print(f"There is no job to cancel: {number or 'none was submitted'}.")
        return 0
    place.tell("Cancel was asked for")
    slurm.cancel(number, "PENDING")
    slurm.stop(number)
    end = time.monotonic() + _PATIENCE
    while _active(number) and time.monotonic() < end:
        time.sleep(1)
    if _active(number):
        place.tell("The job did not stop by itself: it is killed")
        slurm.cancel(number)
    print(f"Job {number} has ended. Resume with: python -m cluster submit -- --resume {place.run}")
    return 0


def _active(number: str) -> list[slurm.JobState]:
    return [state for state in slurm.jobs(number) if state.state in _ENDING]
