"""locked.py FILE COMMAND...: runs the command while FILE is locked, as by who writes it."""
import fcntl
import subprocess
import sys

with open(sys.argv[1], "r+") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    sys.exit(subprocess.run(sys.argv[2:]).returncode)
