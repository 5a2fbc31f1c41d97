"""Writes the model as an ONNX graph for a batch and a number of rows, in the form that ONNX Runtime runs fastest.

Products are Gemm nodes over all rows, whose constant weights ONNX Runtime packs once. Products that share their input
are joined with --wide. The scan is matrix products in chunks of 64 rows and between them, or ONNX Runtime's own
recurrent operator; attention is a masked softmax in blocks of queries, or ONNX Runtime's own operator. The last block
computes only what its last row depends on with --last-only. With --step the graph is one more row of a stream.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper

import weights

CHUNK = 64
QUERY_BLOCK = 512
MICROSOFT = "com.microsoft"
TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "int32": TensorProto.INT32}


class Graph:
    """Nodes and constants; each method that adds a node returns the name of its result, or the names."""

    def __init__(self):
        self.nodes, self.constants, self.shared, self.count = [], [], {}, 0

    def name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def constant(self, values, dtype=np.float32):
        values = np.ascontiguousarray(values, dtype)
        key = (values.tobytes(), values.shape, values.dtype.name) if values.size < 64 else None
        if key in self.shared:
            return self.shared[key]
        name = self.name("constant")
        kind = TYPES[values.dtype.name]
        self.constants.append(helper.make_tensor(name, kind, values.shape, values.tobytes(), raw=True))
        if key:
            self.shared[key] = name
        return name

    def integers(self, *values):
        return self.constant(values, np.int64)

    def op(self, kind, *inputs, domain="", outputs=1, **attributes):
        names = [self.name(kind) for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def add(self, x, y):
        return self.op("Add", x, y)

    def mul(self, x, y):
        return self.op("Mul", x, y)

    def reshape(self, x, *shape):
        return self.op("Reshape", x, self.integers(*shape))

    def slice(self, x, begin, end, axis):
        return self.op("Slice", x, self.integers(begin), self.integers(end), self.integers(axis))

    def silu(self, x):
        return self.op("QuickGelu", x, domain=MICROSOFT, alpha=1.0)

    def gemm(self, x, kernel, bias):
        return self.op("Gemm", x, self.constant(kernel), self.constant(bias))

    def decays(self, sums, count):
        """exp(sums[t] - sums[s]) for s <= t, else 0."""
        difference = self.op(
            "Sub", self.op("Unsqueeze", sums, self.integers(-1)), self.op("Unsqueeze", sums, self.integers(-2))
        )
        mask = np.where(np.tril(np.ones((count, count), bool)), 0, -1e30)
        return self.op("Exp", self.add(difference, self.constant(mask)))

    def cumulative(self, x, axis):
        return self.op("CumSum", x, self.constant(axis, np.int64))


class Model(Graph):
    def __init__(self, tensors, metadata, options):
        super().__init__()
        self.tensors, self.options = tensors, options
        self.sizes = weights.sizes(tensors, metadata)
        self.batch, self.rows = options.batch, options.rows

    def dense(self, x, name):
        return self.gemm(x, self.tensors[name + ".kernel"], self.tensors[name + ".bias"])

    def normalize(self, x, name):
        gamma, beta = self.constant(self.tensors[name + ".gamma"]), self.constant(self.tensors[name + ".beta"])
        return self.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-5)

    def last_row(self, x, channels):
        """The last row of each sequence of a value with all rows."""
        shaped = self.reshape(x, self.batch, self.rows, channels)
        return self.reshape(self.slice(shaped, self.rows - 1, self.rows, 1), self.batch, channels)

    def projections(self, normed, block, names, plain):
        """Products with the same input: of names and of the halves x and z of ssm_in_proj."""
        inner = self.sizes["inner"]
        kernel, bias = (self.tensors[block + "ssm_in_proj." + part] for part in ("kernel", "bias"))
        halves = {"x": (kernel[:, :inner], bias[:inner]), "z": (kernel[:, inner:], bias[inner:])}
        parts = []
        for name in names:
            part = halves.get(name) or tuple(self.tensors[f"{block}{name}.{kind}"] for kind in ("kernel", "bias"))
            if name == "attn_q" and plain:  # the scale of the scores
                part = tuple(values * np.float32(self.sizes["head_dim"] ** -0.5) for values in part)
            parts.append(part)
        if not self.options.wide:
            return [self.gemm(normed, *part) for part in parts]
        kernels, biases = zip(*parts)
        joined = self.gemm(normed, np.concatenate(kernels, 1), np.concatenate(biases))
        return self.op("Split", joined, self.integers(*map(len, biases)), axis=-1, outputs=len(parts))

    def convolve(self, x, block):
        rows, taps, inner = self.rows, self.sizes["taps"], self.sizes["inner"]
        kernel, sums = self.tensors[block + "ssm_conv.kernel"], self.constant(self.tensors[block + "ssm_conv.bias"])
        padded = self.op("Pad", self.reshape(x, self.batch, rows, inner), self.integers(0, taps - 1, 0, 0, 0, 0))
        for tap in range(taps):
            sums = self.add(self.mul(self.slice(padded, tap, tap + rows, 1), self.constant(kernel[tap, 0])), sums)
        return self.silu(sums)

    def scan(self, x, block):
        """The scan's output before the gate, for all rows: [batch * rows, inner]."""
        convolved = self.convolve(x, block)
        u = self.reshape(convolved, self.batch * self.rows, self.sizes["inner"])
        decay, factor = self.scan_factors(u, block)
        shape = self.batch, self.rows
        log_decay, factor = self.reshape(self.op("Log", decay), *shape), self.reshape(factor, *shape)
        run = self.scan_chunks if self.options.scan == "chunks" else self.scan_operator
        return self.reshape(run(convolved, log_decay, factor), self.batch * self.rows, self.sizes["inner"])

    def scan_factors(self, u, block):
        """For each row the decay, and the factor of the input."""
        b, c = self.dense(u, block + "ssm_b_proj"), self.dense(u, block + "ssm_c_proj")
        # Softplus as Edifice has it. The operator Softplus is slow, and -log(sigmoid(-x)) is wrong for large x.
        exponential = self.op("Exp", self.dense(u, block + "ssm_dt_proj"))
        dt = self.op("Log", self.add(exponential, self.constant(np.float32(1))))
        decay = self.op("Sigmoid", self.op("ReduceMean", dt, self.integers(1), keepdims=0))
        product = self.op("Sigmoid", self.op("ReduceSum", self.mul(b, c), self.integers(1), keepdims=0))
        return decay, self.mul(self.mul(self.op("Sub", self.constant(np.float32(1)), decay), decay), product)

    def scan_operator(self, u, log_decay, factor):
        batch, rows, inner = self.batch, self.rows, self.sizes["inner"]
        groups = inner // 64 if inner % 64 == 0 else 1
        decay = self.op("Expand", self.reshape(log_decay, batch, rows, 1), self.integers(batch, rows, groups))
        ones, factor = self.constant(np.ones((batch, rows, 1))), self.reshape(factor, batch, rows, 1)
        attributes = dict(q_num_heads=1, kv_num_heads=groups, update_rule="gated", scale=1.0)
        return self.op("LinearAttention", ones, factor, u, "", decay, "", domain=MICROSOFT, outputs=2, **attributes)[0]

    def pad_rows(self, x, padding, rank):
        return self.op("Pad", x, self.integers(*[0] * (rank + 1), padding, *[0] * (rank - 2))) if padding else x

    def scan_chunks(self, u, log_decay, factor):
        batch, rows, inner = self.batch, self.rows, self.sizes["inner"]
        size = min(CHUNK, rows)
        padding = -rows % size
        chunks = (rows + padding) // size
        sums = self.cumulative(self.reshape(self.pad_rows(log_decay, padding, 2), batch, chunks, size), 2)
        factor = self.reshape(self.pad_rows(factor, padding, 2), batch, chunks, 1, size)
        u = self.reshape(self.pad_rows(u, padding, 3), batch, chunks, size, inner)
        y = self.op("MatMul", self.mul(self.decays(sums, size), factor), u)
        if chunks > 1:
            totals = self.cumulative(self.reshape(self.slice(sums, size - 1, size, 2), batch, chunks), 1)
            ends = self.reshape(self.slice(y, size - 1, size, 2), batch, chunks, inner)
            ends = self.op("MatMul", self.decays(totals, chunks), ends)
            starts = self.op("Pad", self.slice(ends, 0, chunks - 1, 1), self.integers(0, 1, 0, 0, 0, 0))
            carried = self.op("Exp", self.op("Unsqueeze", sums, self.integers(-1)))
            y = self.add(y, self.mul(carried, self.reshape(starts, batch, chunks, 1, inner)))
        y = self.reshape(y, batch, chunks * size, inner)
        return self.slice(y, 0, rows, 1) if padding else y

    def attend_by_operator(self, block, *query_key_value):
        batch, rows, width = self.batch, self.rows, self.sizes["attention"]
        heads = width // self.sizes["head_dim"]
        inputs = (self.reshape(value, batch, rows, width) for value in query_key_value)
        last, total = self.constant(np.full(batch, rows - 1), np.int32), self.constant(rows, np.int32)
        attributes = dict(domain=MICROSOFT, num_heads=heads, kv_num_heads=heads, outputs=3)
        result = self.op("GroupQueryAttention", *inputs, "", "", last, total, **attributes)[0]
        return self.reshape(result, batch * rows, width)

    def attend(self, query, key, value, queries):
        """Causal attention of the last `queries` rows, whose queries are scaled already."""
        batch, rows, dim, width = self.batch, self.rows, self.sizes["head_dim"], self.sizes["attention"]
        heads = width // dim
        query = self.op("Transpose", self.reshape(query, batch, queries, heads, dim), perm=[0, 2, 1, 3])
        key = self.op("Transpose", self.reshape(key, batch, rows, heads, dim), perm=[0, 2, 3, 1])
        value = self.op("Transpose", self.reshape(value, batch, rows, heads, dim), perm=[0, 2, 1, 3])
        outputs = []
        for begin in range(0, queries, QUERY_BLOCK):
            end = min(queries, begin + QUERY_BLOCK)
            keys = rows - queries + end
            block, block_key, block_value = query, key, value
            if end - begin < queries:
                block, block_key, block_value = (
                    self.slice(query, begin, end, 2), self.slice(key, 0, keys, 3), self.slice(value, 0, keys, 2)
                )  # fmt: skip
            scores = self.op("MatMul", block, block_key)
            if queries > 1:
                mask = np.where(np.arange(begin, end)[:, None] >= np.arange(keys), 0, -1e30)
                scores = self.add(scores, self.constant(mask))
            outputs.append(self.op("MatMul", self.op("Softmax", scores, axis=-1), block_value))
        joined = outputs[0] if len(outputs) == 1 else self.op("Concat", *outputs, axis=2)
        return self.reshape(self.op("Transpose", joined, perm=[0, 2, 1, 3]), batch * queries, width)

    def block(self, x, number):
        block, hidden, inner = f"sst_block_{number}_", self.sizes["hidden"], self.sizes["inner"]
        sliced = self.options.last_only and number == self.sizes["layers"]
        normed = self.normalize(x, block + "norm")
        always, last = ["x", "attn_k", "attn_v"], ["z", "attn_q", "gate_proj"]
        plain = sliced or self.options.attention == "plain"
        if sliced:
            u, key, value = self.projections(normed, block, always, plain)
            z, query, gate = self.projections(self.last_row(normed, hidden), block, last, plain)
            y, x = self.last_row(self.scan(u, block), inner), self.last_row(x, hidden)
        else:
            u, key, value, z, query, gate = self.projections(normed, block, always + last, plain)
            y = self.scan(u, block)
        ssm = self.dense(self.mul(y, self.silu(z)), block + "ssm_out_proj")
        if plain:
            heads = self.attend(query, key, value, 1 if sliced else self.rows)
        else:
            heads = self.attend_by_operator(block, query, key, value)
        attended = self.dense(heads, block + "attn_out_proj")
        mixed = self.add(self.mul(self.op("Sigmoid", gate), self.op("Sub", ssm, attended)), attended)
        x = self.add(x, mixed)
        up = self.op("Gelu", self.dense(self.normalize(x, block + "ffn_norm"), block + "ffn_up"), domain=MICROSOFT)
        return self.add(x, self.dense(up, block + "ffn_down"))

    def build(self):
        x = self.reshape("input", self.batch * self.rows, self.sizes["embed"])
        if "input_projection.kernel" in self.tensors:
            x = self.dense(x, "input_projection")
        for number in range(1, self.sizes["layers"] + 1):
            x = self.block(x, number)
        if self.rows > 1 and not self.options.last_only:
            x = self.last_row(x, self.sizes["hidden"])
        self.nodes.append(helper.make_node("Identity", [self.normalize(x, "final_norm")], ["output"]))

    def inputs_and_outputs(self):
        """Name to type and shape."""
        rows, output = [self.batch, self.rows, self.sizes["embed"]], [self.batch, self.sizes["hidden"]]
        return {"input": (TensorProto.FLOAT, rows)}, {"output": (TensorProto.FLOAT, output)}


class Step(Model):
    """One row of a stream that has `position` rows. What it has to know of them goes in, and what the next step has to
    know comes out, in the same order: `X_next`, or `X_grown` if it is to be in the memory of X."""

    def __init__(self, tensors, metadata, options):
        super().__init__(tensors, metadata, options)
        self.most_rows, self.rows, self.states = options.rows, 1, {}
        total = self.op("Add", "position", self.constant([1], np.int32))
        self.lengths = "position", total

    def state(self, name, end, *shape):
        """The names of what goes in and of what comes out."""
        self.states[name] = end, shape
        return name, name + end

    def convolve(self, x, block):
        taps, inner = self.sizes["taps"], self.sizes["inner"]
        kernel = self.constant(self.tensors[block + "ssm_conv.kernel"].transpose(2, 1, 0))
        bias = self.constant(self.tensors[block + "ssm_conv.bias"])
        before, after = self.state(block + "rows", "_next", 1, taps - 1, inner)
        inputs, outputs = [self.reshape(x, 1, 1, inner), kernel, bias, before], [self.name("convolved"), after]
        attributes = dict(domain=MICROSOFT, activation="silu", channels_last=1)
        self.nodes.append(helper.make_node("CausalConvWithState", inputs, outputs, **attributes))
        return outputs[0]

    def scan(self, x, block):
        u = self.reshape(self.convolve(x, block), 1, self.sizes["inner"])
        decay, factor = self.scan_factors(u, block)
        before, after = self.state(block + "h", "_next", 1, self.sizes["inner"])
        self.nodes.append(helper.make_node("Add", [self.mul(decay, before), self.mul(factor, u)], [after]))
        return after

    def attend_by_operator(self, block, *query_key_value):
        width, dim = self.sizes["attention"], self.sizes["head_dim"]
        heads = width // dim
        shape = 1, heads, self.most_rows, dim
        keys, values = (self.state(block + name, "_grown", *shape) for name in ("keys", "values"))
        inputs = [*(self.reshape(value, 1, 1, width) for value in query_key_value), keys[0], values[0], *self.lengths]
        outputs = [self.name("attended"), keys[1], values[1]]
        attributes = dict(domain=MICROSOFT, num_heads=heads, kv_num_heads=heads)
        self.nodes.append(helper.make_node("GroupQueryAttention", inputs, outputs, **attributes))
        return self.reshape(outputs[0], 1, width)

    def inputs_and_outputs(self):
        inputs, outputs = super().inputs_and_outputs()
        inputs["position"] = TensorProto.INT32, [1]
        for name, (end, shape) in self.states.items():
            inputs[name] = outputs[name + end] = TensorProto.FLOAT, shape
        return inputs, outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights")
    parser.add_argument("output", help="the graph; its weights go to a file beside it")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--scan", choices=["chunks", "operator"], default="chunks")
    parser.add_argument("--attention", choices=["plain", "operator"], default="plain")
    parser.add_argument("--wide", action="store_true")
    parser.add_argument("--last-only", action="store_true")
    parser.add_argument("--step", action="store_true", help="row --rows of a stream")
    options = parser.parse_args()
    if options.step and (options.batch > 1 or options.last_only or options.attention != "operator"):
        parser.error("--step: expects --batch=1 --attention=operator, and no --last-only")
    model = (Step if options.step else Model)(*weights.load(options.weights), options)
    model.build()
    inputs, outputs = (
        [helper.make_tensor_value_info(name, *kind) for name, kind in values.items()]
        for values in model.inputs_and_outputs()
    )
    graph = helper.make_graph(model.nodes, "sst", inputs, outputs, model.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    onnx.save(
        helper.make_model(graph, opset_imports=opsets, ir_version=10),
        options.output,
        save_as_external_data=True,
        location=options.output.rsplit("/", 1)[-1] + ".data",
    )


if __name__ == "__main__":
    main()
