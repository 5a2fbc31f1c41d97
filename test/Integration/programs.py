"""Runs programs and counts checks; shared by the integration tests."""

import subprocess


class Checks:
    """Counts checks and prints those that fail."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lines = []

    def check(self, passed, what, text=""):
        if passed:
            self.passed += 1
        else:
            self.failed += 1
            self.lines.append(f"{what}: failed" + "".join("\n    " + line for line in text.strip().splitlines()))
        return passed

    def run(self, what, command, timeout=600):
        """A program that must end with exit code 0."""
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        except (OSError, subprocess.TimeoutExpired) as error:
            return self.check(False, what, str(error))
        text = f"{' '.join(command)}\nexit code {done.returncode}\n{done.stderr[-2000:] or done.stdout[-2000:]}"
        return self.check(done.returncode == 0, what, text)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.lines += other.lines
        for line in other.lines:
            print(line, flush=True)

    def summarise(self):
        """Prints the last line; returns the exit code."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 1 if self.failed else 0


def cpu_has_avx512():
    """Whether the CPU runs the variant x86-64-v4."""
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        return False
    return all(flag in flags for flag in ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"))
