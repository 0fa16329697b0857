"""A program that starts another like itself, each of which holds so many MiB for a while."""

import subprocess
import sys
import time

if __name__ == "__main__":
    mib, deeper = int(sys.argv[1]), int(sys.argv[2])
    held = bytearray(b"x") * (mib << 20)
    if deeper:
        subprocess.run([sys.executable, __file__, str(mib), str(deeper - 1)], check=True)
    else:
        time.sleep(1)
