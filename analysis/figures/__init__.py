"""The pictures of a report: one file a picture, its numbers in plain functions, `figure` to draw them.

Every `figure` returns a Matplotlib figure without pyplot, which needs no display: `figure(…).savefig(path)`.
"""
