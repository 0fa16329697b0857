"""What a trial and a study take on this machine, beside the notebook's loop and a plain one."""
