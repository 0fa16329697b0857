"""From finished trials to MLflow."""
