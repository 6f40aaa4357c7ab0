"""The pictures of a report, one file each: functions compute the numbers, and `figure` draws them.

Every `figure` returns a Matplotlib figure made without pyplot, so no display is needed:
`figure(…).savefig(path)`.
"""
