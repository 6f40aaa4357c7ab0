"""Learning curves of retrained models."""

import itertools

from analysis.figures import retraining

NAMES = [f"cats_dogs_vgg16_finetuned/2026-11-22-20111{n}" for n in range(4)]


def test_the_names_of_runs_stand_side_by_side() -> None:
    fig = retraining.figure({name: [{1: 0.5, 2: 0.6}] for name in NAMES}, "accuracy")
    fig.canvas.draw()
    boxes = [panel.title.get_window_extent() for panel in fig.axes]
    assert [panel.get_title() for panel in fig.axes] == NAMES
    assert not any(first.overlaps(second) for first, second in itertools.combinations(boxes, 2))
    assert all(box.x0 >= 0 and box.x1 <= fig.bbox.x1 for box in boxes)
