"""What all commands share: how arguments are read, and how tables are printed."""
