"""The folder of a run's jobs, `RUN/job`: the script, what became of it, and the number of the last job.

job.sbatch     the script, as it was submitted
job.log        what the job printed, of all its starts
story.log      what happened, a line each: submitted, started, stopped, requeued, a node lost, done
number         of the last job
sessions/      of each start: the logs of the nodes and of the search
"""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JobFolder:
    """The folder of the jobs of one run.

    Args:
        run: folder of the run.
    """

    run: Path

    @property
    def path(self) -> Path:
        """The folder."""
        return self.run / "job"

    @property
    def script(self) -> Path:
        """The script."""
        return self.path / "job.sbatch"

    @property
    def log(self) -> Path:
        """What the job printed."""
        return self.path / "job.log"

    @property
    def number(self) -> str | None:
        """Number of the last job; None where none was submitted."""
        return _read(self.path / "number").strip() or None

    @property
    def story(self) -> list[str]:
        """What happened, a line each."""
        return _read(self.path / "story.log").splitlines()

    def write(self, script: str) -> None:
        """Keep a script."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.script.write_text(script, encoding="utf-8")

    def submitted(self, number: str) -> None:
        """Keep the number of a job."""
        (self.path / "number").write_text(f"{number}\n", encoding="utf-8")

    def tell(self, event: str) -> None:
        """Add a line to the story."""
        with (self.path / "story.log").open("a", encoding="utf-8") as stream:
            stream.write(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S}  {event}\n")

    def session(self) -> Path | None:
        """Return the folder of the latest start; None before the first."""
        folders = (self.path / "sessions").glob("*")
        return max(folders, key=os.path.getmtime, default=None)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def find(runs: Path, name: str) -> Path | None:
    """Return the folder of a run given as a path or as STUDY/NAME; None where there is none with jobs."""
    folders = [folder for folder in (Path(name), runs / name) if (folder / "job").is_dir()]
    return folders[0].resolve() if folders else None


def all_runs(runs: Path) -> list[Path]:
    """Return the runs that have jobs, the latest last."""
    return sorted((path.parent.resolve() for path in runs.glob("*/*/job")), key=os.path.getmtime)
