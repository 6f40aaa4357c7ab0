"""Where data comes from: downloads, archives, folders and pictures, none of which is trusted."""
