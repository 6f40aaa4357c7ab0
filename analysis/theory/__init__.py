"""The 21 questions of the assignment's theory: computed, measured, drawn and explained."""
