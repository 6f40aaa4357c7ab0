"""What models are made of: blocks, augmentation, pretrained bases, their weights and features."""
