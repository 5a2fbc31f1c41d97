"""Reads a module from standard input and writes it with example.decay_sum in place of every sst.ema_scan."""

import re
import sys

SCAN = re.compile(r"sst\.ema_scan (%\S+), %\S+, %\S+, %\S+( initial\(%\S+\))? : "
                  r"\((tensor<\S+>), tensor<\S+>, tensor<\S+>, tensor<\S+>(, tensor<\S+>)?\)")

text, count = SCAN.subn(
    lambda scan: f"example.decay_sum {scan[1]}{scan[2] or ''} {{decay = 0.9 : f32}} : ({scan[3]}{scan[4] or ''})",
    sys.stdin.read())
if count == 0:
    sys.exit("use_decay_sum.py: there is no sst.ema_scan that it knows")
sys.stdout.write(text)
