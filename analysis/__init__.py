"""What a search means: the best retrained and tested once, shown in pictures, and compared honestly."""
