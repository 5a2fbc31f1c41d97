"""exit-code.py CODE COMMAND...: runs the command and succeeds if its exit code is CODE."""
import subprocess
import sys

code = subprocess.run(sys.argv[2:]).returncode
if code != int(sys.argv[1]):
    sys.exit("%s: expects exit code %s, but got %d" % (sys.argv[2], sys.argv[1], code))
