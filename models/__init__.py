"""What is trained: the seven studies, one short file each in this folder.

`models/space/` says what a study is, `models/parts/` holds what models are made of.
"""

from models.space.study import Study, UnknownStudy, load, names, summary, table

__all__ = ["Study", "UnknownStudy", "load", "names", "summary", "table"]
