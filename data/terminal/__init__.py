"""What all commands share: parsing arguments and printing tables."""
