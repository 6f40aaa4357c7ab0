"""The options of a retraining are the flags of its command."""

import dataclasses

from analysis.__main__ import _retrain_parser
from analysis.retraining.options import RetrainOptions


def test_every_option_is_a_flag_and_every_flag_an_option() -> None:
    flags = {action.dest for action in _retrain_parser()._actions} - {"help", "run", "runs"}
    assert flags == {field.name for field in dataclasses.fields(RetrainOptions)}


def test_it_runs_on_ray_unless_it_is_told_to_run_here() -> None:
    assert RetrainOptions().executor == "ray"
    assert RetrainOptions(local=True).executor == "local"
