"""What max pooling and average pooling share: windows that step over each channel of each image."""
