"""What a study is: its search space, the points of it, and the parts that several spaces share."""
