"""little-memory.py COMMAND...: runs the command with less and less address space, as ulimit -v gives, and checks its end:
it works, or says on stderr what it had no memory for, a line for each thing, and has exit code 1. MLIR does not look
whether malloc gave it memory, so the stack of its crash may come first. Ends where the program, its libraries and their
constructors do not get as far as --help."""
import resource
import subprocess
import sys


def run(command, size):
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))
    return done.returncode, done.stderr.decode(errors="replace")


command, size, ends = sys.argv[1:], 4 << 30, {0: 0, 1: 0}
while run([command[0], "--help"], size)[0] == 0:
    code, said = run(command, size)
    lines = said.splitlines()
    if code not in ends or (code == 1 and (not lines or ": error: " not in lines[-1])):
        sys.exit(f"{command[0]} with {size} bytes of memory: exit code {code}\n{said}")
    ends[code] += 1
    size = size * 15 // 16
if not ends[0]:
    sys.exit(f"{command[0]}: cannot start at all")
print(f"{command[0]}: works {ends[0]} times, has not enough memory {ends[1]} times")
