"""Tune and compare small networks on Fashion-MNIST; every trial reproducible and recorded."""
