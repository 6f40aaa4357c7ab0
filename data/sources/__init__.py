"""Where data come from: downloads, archives, folders and pictures, none of which is trusted."""
