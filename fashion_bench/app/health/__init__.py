"""What ``fashion-bench doctor`` looks at."""
