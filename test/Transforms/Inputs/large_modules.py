#!/usr/bin/env python3
"""Modules with thousands of ops of one shape: large_modules.py SHAPE N writes one to standard output."""

import sys

X = "tensor<?x?x4xf32>"
ROW = "tensor<?x1x4xf32>"


def weight(name, rows=4, columns=4):
    return f"sst.weight @{name} : tensor<{rows}x{columns}xf32> = dense<0.5> : tensor<{rows}x{columns}xf32>"


def function(body, result, arguments=f"%x: {X}", name="f", type=X):
    return [f"func.func @{name}({arguments}) -> {type} {{", *body, f"  return {result} : {type}", "}"]


def get(value, name, rows=4, columns=4):
    return f"  {value} = sst.get_weight @{name} : tensor<{rows}x{columns}xf32>"


def dense(value, x, w, type=X):
    return f"  {value} = sst.dense {x}, {w} : ({type}, tensor<4x4xf32>) -> {type}"


def attention(value, query, scale="5.000000e-01"):
    return (f"  {value} = sst.causal_attention {query}, %x, %x {{num_heads = 1 : i64, scale = {scale} : f32}}"
            f" : ({X}, {X}, {X}) -> {X}")


def add(value, a, b):
    return f"  {value} = arith.addf {a}, {b} : {X}"


def chain(values, body):
    """Adds values up; returns the name of the sum."""
    total = "%x"
    for i, value in enumerate(values):
        body.append(add(f"%sum{i}", total, value))
        total = f"%sum{i}"
    return total


def queries(n):
    """Projections of one input, each the query of an attention."""
    lines, body = [weight(f"w{i}") for i in range(n)], []
    for i in range(n):
        body += [get(f"%w{i}", f"w{i}"), dense(f"%q{i}", "%x", f"%w{i}"), attention(f"%o{i}", f"%q{i}")]
    return lines + function(body, chain([f"%o{i}" for i in range(n)], body))


def one_weight(n):
    """One weight applied to many values, each the query of an attention."""
    body = [get("%w", "w")]
    for i in range(n):
        body += [dense(f"%q{i}", "%x" if i == 0 else f"%o{i - 1}", "%w"), attention(f"%o{i}", f"%q{i}")]
    return [weight("w")] + function(body, f"%o{n - 1}")


def one_group(n):
    """One weight applied to one value again and again."""
    body = [get("%w", "w")] + [dense(f"%q{i}", "%x", "%w") for i in range(n)]
    return [weight("w")] + function(body, chain([f"%q{i}" for i in range(n)], body))


def results(n):
    """A projection with many results, each of which is activated, and the query of an attention."""
    types = ", ".join(["tensor<?x?x1xf32>"] * n)
    body = [get("%w", "w", 4, n), f"  %y:{n} = sst.dense %x, %w : ({X}, tensor<4x{n}xf32>) -> ({types})"]
    for i in range(0, n, 2):
        body.append(f"  %a{i} = sst.activation <silu> %y#{i} : tensor<?x?x1xf32>")
        body.append(f"  %o{i} = sst.causal_attention %y#{i + 1}, %a{i}, %a{i} {{num_heads = 1 : i64, scale = 5.000000e-01"
                    " : f32} : (tensor<?x?x1xf32>, tensor<?x?x1xf32>, tensor<?x?x1xf32>) -> tensor<?x?x1xf32>")
    total = "%o0"
    for i in range(2, n, 2):
        body.append(f"  %sum{i} = arith.addf {total}, %o{i} : tensor<?x?x1xf32>")
        total = f"%sum{i}"
    return [weight("w", 4, n)] + function(body, total, type="tensor<?x?x1xf32>")


def residuals(n):
    """Projections with residuals and gates, one after the other."""
    lines, body, x = [weight(f"w{i}") for i in range(n)], [], "%x"
    for i in range(n):
        body += [get(f"%w{i}", f"w{i}"), dense(f"%p{i}", x, f"%w{i}"),
                 f"  %g{i} = sst.gated_fusion gate(%x) %p{i}, {x} : {X}" if i % 2 else add(f"%g{i}", x, f"%p{i}")]
        x = f"%g{i}"
    return lines + function(body, x)


def additions(n):
    """A chain of additions."""
    body = []
    return function(body, chain(["%x"] * n, body))


def star(n):
    """Many values of one, all of which live until they are added up."""
    body = [f"  %a{i} = sst.activation <silu> %x : {X}" for i in range(n)]
    return function(body, chain([f"%a{i}" for i in range(n)], body))


def last_rows(n):
    """Last rows of values that are computed one from the other."""
    body, x = [], "%x"
    for i in range(n):
        body += [f"  %a{i} = sst.activation <silu> %x : {X}", f"  %b{i} = arith.addf {x}, %a{i} : {X}"]
        x = f"%b{i}"
    body.append(f"  %y = sst.last_row {x} : {X} -> {ROW}")
    return function(body, "%y", type=ROW)


def splits(n):
    """Projections of which one half is wanted whole and one in the last row, one after the other."""
    lines, body, x = [weight(f"w{i}", 4, 8) for i in range(n)], [], "%x"
    for i in range(n):
        body += [get(f"%w{i}", f"w{i}", 4, 8),
                 f"  %p{i}:2 = sst.dense {x}, %w{i} : ({X}, tensor<4x8xf32>) -> ({X}, {X})"]
        x = f"%p{i}#0"
    whole = chain([f"%p{i}#1" for i in range(n)], body)
    body += [f"  %l = sst.last_row {x} : {X} -> {ROW}", f"  %y = sst.last_row {whole} : {X} -> {ROW}"]
    return lines + [f"func.func @f(%x: {X}) -> ({ROW}, {X}, {ROW}) {{", *body,
                    f"  return %l, {whole}, %y : {ROW}, {X}, {ROW}", "}"]


def last_results(n):
    """A named projection with many results, the first of which has many users: all but one take its last row."""
    one, row = "tensor<?x?x1xf32>", "tensor<?x1x1xf32>"
    body = [get("%w", "w", 4, n), f"  %y:{n} = sst.dense %x, %w : ({X}, tensor<4x{n}xf32>) -> ({', '.join([one] * n)})"
            ' loc("y")', f"  %whole = arith.addf %y#0, %y#0 : {one}"]
    for i in range(1, n):
        body.append(f"  %a{i} = sst.activation <silu> %y#{i} : {one}")
        for value in ("%y#0", f"%a{i}"):
            body += [f"  %l{len(body)} = sst.last_row {value} : {one} -> {row}"]
    rows = [line.split()[0] for line in body if "sst.last_row" in line]
    total = rows[0]
    for i, value in enumerate(rows[1:]):
        body.append(f"  %sum{i} = arith.addf {total}, {value} : {row}")
        total = f"%sum{i}"
    return [weight("w", 4, n), f"func.func @f(%x: {X}) -> ({row}, {one}) {{", *body,
            f"  return {total}, %whole : {row}, {one}", "}"]


def functions(n):
    """Many functions, each with its weight."""
    lines = []
    for i in range(n):
        lines.append(weight(f"w{i}"))
        lines += function([get("%w", f"w{i}"), dense("%y", "%x", "%w")], "%y", name=f"f{i}")
    return lines


def layouts(n):
    """One weight in many layouts."""
    body, total = [get("%w", "w", 1, 256)], None
    for i in range(min(n, 255)):
        left, right = f"tensor<?x?x{i + 1}xf32>", f"tensor<?x?x{255 - i}xf32>"
        body.append(f"  %y{i}:2 = sst.dense %x, %w : (tensor<?x?x1xf32>, tensor<1x256xf32>) -> ({left}, {right})")
    return [weight("w", 1, 256)] + function(body, "%x", arguments="%x: tensor<?x?x1xf32>", type="tensor<?x?x1xf32>")


def states(n):
    """A function that carries thousands of states."""
    state = "tensor<?x4xf32>"
    arguments = ", ".join([f"%x: {X}"] + [f"%s{i}: {state}" for i in range(n)])
    body, x = [], "%x"
    for i in range(n):
        body.append(f"  %y{i}, %t{i} = sst.ema_scan {x}, {x}, {x}, {x} initial(%s{i}) : ({X}, {X}, {X}, {X}, {state})"
                    f" -> ({X}, {state})")
        x = f"%y{i}"
    types = ", ".join([X] + [state] * n)
    values = ", ".join([x] + [f"%t{i}" for i in range(n)])
    return ["module attributes {sst.stream = {max_rows = 5 : i64, rollback = 0 : i64}} {",
            f"func.func @f({arguments}) -> ({types}) {{", *body, f"  return {values} : {types}", "}", "}"]


if __name__ == "__main__":
    print("\n".join(globals()[sys.argv[1]](int(sys.argv[2]))))
