"""No early stopping."""

from search.algorithm.schedulers.none import make, settings
from tests.search.algorithm.conftest import check_resumes, pool, train


def test_every_trial_is_trained_to_its_end() -> None:
    scheduler = make(pool(5))
    assert scheduler.expected_epochs() == 45
    assert len(train(scheduler)) == 45
    assert {trial.state for trial in scheduler.pool.trials} == {"complete"}
    assert scheduler.finished
    assert scheduler.expected_epochs() == 0


def test_stopped_anywhere_and_read_back_it_decides_the_same() -> None:
    check_resumes(make, 4)


def test_it_compares_at_full_length_only() -> None:
    assert settings(18) == {}
    assert make(pool(5)).describe().rungs == (9,)
