"""What single layers do: computed and drawn for one image or one model."""
