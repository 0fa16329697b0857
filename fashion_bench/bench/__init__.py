"""How fast this machine trains a trial, beside the notebook's loop and a plain one."""
