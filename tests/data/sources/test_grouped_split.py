"""Groups are divided class by class, and stay whole."""

from data.sources.grouped_split import divided


def test_each_class_has_15_percent_in_validation_and_in_test() -> None:
    groups = [[position] for position in range(140)]
    splits = divided(groups, [0] * 100 + [1] * 40, ["test", "validation"])
    assert [splits[:100].count(split) for split in ("training", "validation", "test")] == [70, 15, 15]
    assert [splits[100:].count(split) for split in ("training", "validation", "test")] == [28, 6, 6]


def test_a_large_group_is_trained_on_and_every_split_has_one() -> None:
    groups = [list(range(10)), [10], [11], [12, 13], [14, 15]]
    assert divided(groups, [0] * 16, ["test", "validation"])[0] == "training"
    splits = divided([[0, 1, 2], [3, 4, 5], [6, 7, 8, 9]], [0] * 10, ["test", "validation"])
    assert sorted(splits) == ["test", "training", "validation"]


def test_only_missing_splits_are_filled() -> None:
    assert set(divided([[0], [1], [2]], [0, 0, 0], ["validation"])) == {"training", "validation"}
    assert divided([[0], [1], [2]], [0, 0, 0], []) == ["training"] * 3
