"""What a study is: its search space, its points, and the sections that several spaces share."""
