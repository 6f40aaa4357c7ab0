"""What is trained: one short file a study. A file whose name begins with an underscore is machinery."""

from models.space.study import Study, UnknownStudy, load, names, summary, table

__all__ = ["Study", "UnknownStudy", "load", "names", "summary", "table"]
