"""A search on a SLURM cluster: one job script, which starts Ray on the job's nodes and `search` on the first.

This package starts `python -m search …` and imports nothing of it.
"""
