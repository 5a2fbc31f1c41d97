"""benchmark-json.py FILE: checks the structure of what sst-benchmark --json wrote, never a time, and prints a line for
each result: its label, sizes and work."""
import json
import math
import sys

with open(sys.argv[1]) as file:
    output = json.load(file)
machine = output["machine"]
assert isinstance(machine["cpu"], str) and machine["cpu"]
threads = [str(result["threads"]) for result in output["results"]]
assert set(machine["fma_peak_gflops"]) == set(threads)
assert all(value > 0 for value in machine["fma_peak_gflops"].values())
assert "memory" in machine["read_gb_s"] and "L1" in machine["read_gb_s"]
for count in threads:
    assert all(value > 0 for value in machine["read_gb_s_by_threads"][count].values())
for result in output["results"]:
    assert 0 < result["min_ms"] <= result["median_ms"] <= result["p99_ms"]
    assert result["calls"] >= 3
    assert result["mallocs"] in (0, None) and result["page_faults"] >= 0
    assert result["level"] in machine["read_gb_s"]
    known = result["flops"] is not None
    for key in ("bytes", "gflops", "percent_of_peak", "gb_s", "percent_of_read"):
        assert (result[key] is not None) == known, key
    for op in result["ops"]:
        assert op["median_ms"] >= 0 and op["kernel"], op
    if result["ops"]:
        assert math.isclose(sum(op["flops"] for op in result["ops"]), result["flops"], rel_tol=1e-9)
    assert [phase["phase"] for phase in result["phases"]] == sorted({op["phase"] for op in result["ops"]})
    print(result["artefact"], result["mode"], "batch", result["batch"], "rows", result["rows"], "threads",
          result["threads"], result["variant"], "flops", result["flops"], "bytes", result["bytes"],
          "ops", [op["name"] for op in result["ops"]])
