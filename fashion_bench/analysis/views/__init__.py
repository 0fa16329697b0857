"""What the commands tell, each as one document; every reader is shown the same."""
