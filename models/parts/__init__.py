"""What models are made of: blocks, augmentation, the pretrained base, its weights and its features."""
