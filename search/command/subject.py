"""What is searched: a study, shipped or a user's own, on a dataset, shipped or a user's own."""

from pathlib import Path

import data
from models import Study
from models.space import study_file
from search.options import OptionError
from search.runs.plan import Parent, StudyFile


def name_of(study: str) -> str:
    """Return the name of a study that is given by its name, or as a file."""
    return study_file.study_name(Path(study)) if study_file.is_file(study) else study


def file_of(study: str) -> StudyFile | None:
    """Return the record of a study that is given as a file; None for a shipped one."""
    if not study_file.is_file(study):
        return None
    path = Path(study).resolve()
    return StudyFile(str(path), study_file.fingerprint(study_file.text_of(path)))


def dataset_of(name: str, study: Study, asked: str | None, before: Parent | None) -> str:
    """Return the name of the dataset; a folder of pictures is prepared first.

    Args:
        name: of the study.
        study: of that name.
        asked: a name, a folder or an archive; None for the study's own dataset, or its parent's.
        before: the run that it goes on from.

    Raises:
        OptionError: there is no such dataset, or the study cannot take it.
        DataError: the folder cannot be prepared.
    """
    inherited = (before.plan.dataset or study.dataset) if before else None
    given = asked or inherited or study.dataset
    if given not in [*data.names(), *data.own_names()] and not Path(given).exists():
        raise OptionError(f"--dataset: {data.unknown(given)}")
    dataset = data.find(given)
    if before and dataset != inherited:
        raise OptionError(f"--dataset {asked}: {before.run}, which {name} goes on from, is of {inherited}")
    height, width = data.shape(dataset)[0][:2]
    if min(height, width) < study.min_pixels:
        raise OptionError(
            f"--dataset {given}: its images have {height}x{width} pixels, {name} needs {study.min_pixels} at "
            f"least; prepare larger ones with python -m data {given} --pixels {study.min_pixels}"
        )
    return dataset
