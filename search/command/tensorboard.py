"""TensorBoard: the curves of every trial, and HParams, in event files that every session writes anew.

    tensorboard --logdir runs/STUDY/NAME/tensorboard

The journal is the truth, and these files are a view of it: a session begins by writing all trials so far
into files of its own, and removes those of earlier sessions, whatever a kill has left of them. In a session
each trial has one file, which only grows; an event is appended and the file closed again, so hundreds of
trials keep no file open, what has happened can be seen at once, and a full disk raises where it is met.

The records are written by TensorBoard's own `RecordWriter` and not by tensorboardX, whose writers put a
thread, which swallows a full disk, or an fsync between an event and its file, and which imports PyTorch
where there is one. Nothing here imports TensorFlow.

No list of the hyperparameters is written: of several runs under one folder (`tensorboard --logdir runs`)
HParams would take the first one's for all. Without a list it takes those of every trial.
"""

import time
from pathlib import Path

from google.protobuf.struct_pb2 import Struct
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo
from tensorboard.summary.writer.record_writer import RecordWriter

from search.algorithm.trial import ENDED, Trial
from search.search import Search

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "val_balanced_accuracy")

_NAME = "events.out.tfevents."


class Curves:
    """Keeps the event files of a run's trials.

    Curves have the epoch as step: those of `CURVES` that were measured, and images_per_second. The time of an
    epoch that an earlier session trained is put before this session by the seconds trained since.

    Args:
        search: its trials so far are written immediately.

    Raises:
        OSError: the files cannot be written. Every method raises it too.
    """

    def __init__(self, search: Search) -> None:
        self.folder = search.run.tensorboard
        earlier = sorted(self.folder.rglob(f"{_NAME}[0-9]*"), key=lambda file: file.suffix)
        # A counter and not a time: TensorBoard reads the files of a folder in the order of their names.
        session = int(earlier[-1].suffix[1:]) + 1 if earlier else 0
        self._name = f"{_NAME}{session:010d}"
        _append(self.folder / self._name, *_opening())
        for trial in search.trials:
            self.started(trial)
            _append(self._file(trial), *(_epoch(trial, epoch) for epoch in trial.epochs))
            self.ended(trial)
        for file in earlier:
            file.unlink()

    def started(self, trial: Trial) -> None:
        """Write a new trial with its hyperparameters."""
        file = self._file(trial)
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            _append(file, *_opening(), _start(trial))

    def epoch(self, trial: Trial) -> None:
        """Add the last epoch to the trial's curves."""
        _append(self._file(trial), _epoch(trial, trial.epoch))

    def ended(self, trial: Trial) -> None:
        """Write how a trial ended, if it has ended for good."""
        if trial.state in ENDED:
            _append(self._file(trial), _end(trial))

    def _file(self, trial: Trial) -> Path:
        return self.folder / f"trial-{trial.number:05d}" / self._name


def _append(file: Path, *events: Event) -> None:
    with file.open("ab") as stream:
        writer = RecordWriter(stream)
        for event in events:
            writer.write(event.SerializeToString())


def _opening() -> tuple[Event, Event]:
    # The second event makes TensorBoard forget what it has read from the file of an earlier session.
    now = time.time()
    purge = SessionLog(status=SessionLog.START)
    return Event(wall_time=now, file_version="brain.Event:2"), Event(wall_time=now, step=0, session_log=purge)


def _epoch(trial: Trial, epoch: int) -> Event:
    metrics = trial.epochs[epoch]
    curves = {name: metrics[name] for name in CURVES if name in metrics}
    if metrics["seconds"] > 0:
        curves["images_per_second"] = metrics["images"] / metrics["seconds"]
    values = [Summary.Value(tag=name, simple_value=value) for name, value in curves.items()]
    since = sum(others["seconds"] for number, others in trial.epochs.items() if number > epoch)
    return Event(wall_time=time.time() - since, step=epoch, summary=Summary(value=values))


def _start(trial: Trial) -> Event:
    params = Struct()
    params.update(trial.params)
    start = SessionStartInfo(hparams=params.fields, start_time_secs=time.time() - trial.seconds)
    return _hparams(metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start))


def _end(trial: Trial) -> Event:
    status = api_pb2.STATUS_FAILURE if trial.state == "failed" else api_pb2.STATUS_SUCCESS
    end = SessionEndInfo(status=status, end_time_secs=time.time())
    return _hparams(metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end))


def _hparams(tag: str, data: HParamsPluginData) -> Event:
    description = metadata.create_summary_metadata(data)
    value = Summary.Value(tag=tag, metadata=description, tensor=metadata.NULL_TENSOR)
    return Event(wall_time=time.time(), summary=Summary(value=[value]))
