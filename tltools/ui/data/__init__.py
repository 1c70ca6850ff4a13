"""The Data page: bringing pictures in, classes, pictures, split."""
