"""The only floor that joins the ones below: what a command does."""
