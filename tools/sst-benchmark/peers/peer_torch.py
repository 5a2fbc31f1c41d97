"""The model in PyTorch on the CPU, traced, frozen and optimised for inference, or eager. Prints one line of JSON.

Products that share their input are joined; the scan is two products within chunks of 64 rows and between them, without
a loop over time; attention is a masked softmax, in blocks of queries beyond 512 rows; with --last-only the last block
computes only what its last row depends on. With --step a call is the last row of a stream that has all other rows.
"""

import argparse
import json
import os
import time
import warnings

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
for required in ("--weights", "--input", "--output"):
    parser.add_argument(required, required=True)
parser.add_argument("--mode", choices=["jit", "eager"], default="jit")
parser.add_argument("--linear", choices=["addmm", "mkldnn"], default="addmm")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--seconds", type=float, default=1)
parser.add_argument("--last-only", action="store_true")
parser.add_argument("--step", action="store_true")
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(arguments.threads)

import numpy as np
import torch
import torch.nn.functional as F

import weights

CHUNK = 64
QUERY_BLOCK = 512


def lower_triangle(count):
    return torch.ones(count, count, dtype=torch.bool).tril()


def decays(sums):
    """exp(sums[t] - sums[s]) for s <= t, else 0."""
    difference = sums.unsqueeze(-1) - sums.unsqueeze(-2)
    return torch.exp(difference.masked_fill(~lower_triangle(sums.shape[-1]), float("-inf")))


def scan(u, mean, product):
    """h[t] = a h[t-1] + (1 - a) a sigmoid(product) u with a = sigmoid(mean); u is batch x rows x channels."""
    batch, rows, channels = u.shape
    log_decay = F.logsigmoid(mean)
    factor = torch.sigmoid(-mean) * torch.sigmoid(mean) * torch.sigmoid(product)
    if rows <= CHUNK:
        return torch.bmm(decays(torch.cumsum(log_decay, -1)) * factor.unsqueeze(1), u)
    padding = -rows % CHUNK
    chunks = (rows + padding) // CHUNK
    sums = torch.cumsum(F.pad(log_decay, (0, padding)).view(batch, chunks, CHUNK), -1)
    factor = F.pad(factor, (0, padding)).view(batch, chunks, 1, CHUNK)
    u = F.pad(u, (0, 0, 0, padding)).view(batch, chunks, CHUNK, channels)
    y = torch.matmul(decays(sums) * factor, u)
    totals = torch.cumsum(sums[:, :, -1], 1)
    ends = torch.bmm(decays(totals), y[:, :, -1])
    starts = F.pad(ends, (0, 0, 1, 0))[:, :-1].unsqueeze(2)
    return (y + torch.exp(sums).unsqueeze(-1) * starts).view(batch, rows + padding, channels)[:, :rows]


class Model(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        self.tensors, metadata = weights.load(path)
        self.sizes = weights.sizes(self.tensors, metadata)
        self.packed = {}
        self.project = self.keep_linear("input_projection") if "input_projection.kernel" in self.tensors else None
        self.blocks = [self.keep_block(f"sst_block_{i + 1}_", i + 1) for i in range(self.sizes["layers"])]
        self.final_norm = self.keep_norm("final_norm")
        self.tensors = None

    def keep(self, values):
        name = f"kept_{len(list(self.buffers()))}"
        self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(values)))
        return name

    def keep_norm(self, name):
        return self.keep(self.tensors[name + ".gamma"]), self.keep(self.tensors[name + ".beta"])

    def keep_linear(self, *names):
        kernel = np.concatenate([self.tensors[name + ".kernel"] for name in names], 1)
        bias = np.concatenate([self.tensors[name + ".bias"] for name in names])
        kept = self.keep(kernel), self.keep(bias)
        if arguments.linear == "mkldnn":
            self.packed[kept[0]] = torch.from_numpy(kernel.T.copy()).to_mkldnn(), torch.from_numpy(bias).to_mkldnn()
        return kept

    def keep_block(self, prefix, number):
        alone = "ssm_out_proj", "attn_out_proj", "ffn_up", "ffn_down"
        block = {name: self.keep_linear(prefix + name) for name in alone}
        block["index"] = number - 1
        block["norm"], block["ffn_norm"] = self.keep_norm(prefix + "norm"), self.keep_norm(prefix + "ffn_norm")
        kernel, bias = (self.tensors[prefix + "ssm_conv." + part] for part in ("kernel", "bias"))
        block["conv"] = self.keep(kernel[:, 0]), self.keep(bias)
        block["scan"] = self.keep_linear(*(prefix + name for name in ("ssm_b_proj", "ssm_c_proj", "ssm_dt_proj")))
        always, last = ["x_proj", "attn_k", "attn_v"], ["z_proj", "attn_q", "gate_proj"]
        inner = self.sizes["inner"]
        for part, columns in ("x_proj", slice(0, inner)), ("z_proj", slice(inner, None)):
            self.tensors[prefix + part + ".kernel"] = self.tensors[prefix + "ssm_in_proj.kernel"][:, columns]
            self.tensors[prefix + part + ".bias"] = self.tensors[prefix + "ssm_in_proj.bias"][columns]
        block["sliced"] = arguments.last_only and number == self.sizes["layers"]
        if block["sliced"]:
            block["slice"] = self.keep_linear(*(prefix + name for name in last))
        block["wide"] = self.keep_linear(*(prefix + name for name in always + ([] if block["sliced"] else last)))
        return block

    def linear(self, x, names):
        kernel, bias = (getattr(self, name) for name in names)
        if arguments.linear == "mkldnn":
            return torch._C._nn.mkldnn_linear(x.to_mkldnn(), *self.packed[names[0]]).to_dense()
        return torch.addmm(bias, x.reshape(-1, x.shape[-1]), kernel).view(x.shape[:-1] + (kernel.shape[1],))

    def normalize(self, x, names):
        return F.layer_norm(x, (x.shape[-1],), getattr(self, names[0]), getattr(self, names[1]), 1e-5)

    def state_space(self, block, x):
        """The scan's output before the gate."""
        rows, taps, state = x.shape[1], self.sizes["taps"], self.sizes["state"]
        padded = F.pad(x, (0, 0, taps - 1, 0))
        kernel, u = (getattr(self, name) for name in block["conv"])
        for tap in range(taps):  # shifted products, faster here than conv1d
            u = torch.addcmul(u, padded[:, tap : tap + rows], kernel[tap])
        u = F.silu(u)
        joined = self.linear(u, block["scan"])
        b, c, dt = joined[..., :state], joined[..., state : 2 * state], joined[..., 2 * state :]
        return scan(u, F.softplus(dt).mean(-1), (b * c).sum(-1))

    def attention(self, block, query, key, value):
        """Causal; the last query belongs to the last key."""
        batch, rows, _ = key.shape
        dim = self.sizes["head_dim"]
        heads = lambda t: t.reshape(batch, t.shape[1], -1, dim).transpose(1, 2)
        query, key, value = heads(query) * dim**-0.5, heads(key).transpose(-1, -2), heads(value).contiguous()
        count, outputs = query.shape[2], []
        step = QUERY_BLOCK if count > QUERY_BLOCK else count
        for begin in range(0, count, step):
            end = min(count, begin + step)
            keys = rows - count + end
            mask = torch.full((end - begin, keys), float("-inf")).triu(rows - count + begin + 1)
            scores = torch.matmul(query[:, :, begin:end], key[..., :keys]) + mask
            outputs.append(torch.matmul(torch.softmax(scores, -1), value[:, :, :keys]))
        joined = torch.cat(outputs, 2) if len(outputs) > 1 else outputs[0]
        return joined.transpose(1, 2).reshape(batch, count, -1)

    def forward(self, x):
        inner, attention, hidden = (self.sizes[name] for name in ("inner", "attention", "hidden"))
        if self.project:
            x = self.linear(x, self.project)
        for block in self.blocks:
            normed = self.normalize(x, block["norm"])
            parts = self.linear(normed, block["wide"])
            if block["sliced"]:
                u, key, value = parts.split([inner, attention, attention], -1)
                z, query, gate = self.linear(normed[:, -1:], block["slice"]).split([inner, attention, hidden], -1)
                y, x = self.state_space(block, u)[:, -1:], x[:, -1:]
            else:
                u, key, value, z, query, gate = parts.split([inner, attention, attention, inner, attention, hidden], -1)
                y = self.state_space(block, u)
            ssm = self.linear(y * F.silu(z), block["ssm_out_proj"])
            attended = self.linear(self.attention(block, query, key, value), block["attn_out_proj"])
            x = x + torch.lerp(attended, ssm, torch.sigmoid(gate))
            up = F.gelu(self.linear(self.normalize(x, block["ffn_norm"]), block["ffn_up"]))
            x = x + self.linear(up, block["ffn_down"])
        return self.normalize(x[:, -1], self.final_norm)


class Step(Model):
    """One row of a stream that has `position` rows. Of each block it takes the rows before the convolution, the scan's
    h, keys and values. It appends to keys and values, and returns new rows and h behind the output."""

    position = 0

    def start(self, most_rows):
        """What goes into the first step."""
        inner, dim = self.sizes["inner"], self.sizes["head_dim"]
        keys = values = self.sizes["attention"] // dim, most_rows, dim
        shapes = (self.sizes["taps"] - 1, inner), (inner,), keys, values
        return [torch.zeros(shape) for shape in shapes * len(self.blocks)]

    def past_of(self, block):
        return self.past[4 * block["index"] : 4 * block["index"] + 4]

    def linear(self, x, names):
        kernel, bias = (getattr(self, name) for name in names)
        return torch.addmv(bias, kernel.t(), x.reshape(-1)).view(1, 1, -1)

    def state_space(self, block, x):
        rows, h, _, _ = self.past_of(block)
        kernel, bias = (getattr(self, name) for name in block["conv"])
        window = torch.cat([rows, x.reshape(1, -1)])
        u = F.silu((window * kernel).sum(0) + bias)
        b, c, dt = self.linear(u, block["scan"]).view(-1).split([self.sizes["state"]] * 2 + [len(u)])
        decay = torch.sigmoid(F.softplus(dt).mean())
        h = torch.lerp(decay * torch.sigmoid(torch.dot(b, c)) * u, h, decay)
        self.next += [window[1:], h]
        return h

    def attention(self, block, query, key, value):
        _, _, keys, values = self.past_of(block)
        heads, _, dim = keys.shape
        count = self.position + 1
        keys[:, self.position], values[:, self.position] = key.view(heads, dim), value.view(heads, dim)
        scores = torch.bmm(query.reshape(heads, 1, dim) * dim**-0.5, keys[:, :count].transpose(1, 2))
        return torch.bmm(torch.softmax(scores, -1), values[:, :count]).view(1, 1, -1)

    def forward(self, x, *past):
        self.past, self.next = past, []
        return (super().forward(x), *self.next)


def load_input(path):
    if path.endswith(".npy"):
        return np.load(path)
    return weights.load(path)[0]["input.state_sequence"]


def before_last_row(model, x):
    """What goes into the step of the last row."""
    past = model.start(x.shape[1])
    for model.position in range(x.shape[1] - 1):
        _, *next = model(x[:, model.position : model.position + 1], *past)
        past[0::4], past[1::4] = next[0::2], next[1::2]
    model.position = x.shape[1] - 1
    return [x[:, -1:], *past]


def main():
    torch.set_grad_enabled(False)
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
    x = torch.from_numpy(load_input(arguments.input))
    model = (Step if arguments.step else Model)(arguments.weights).eval()
    inputs = before_last_row(model, x) if arguments.step else [x]
    if arguments.mode == "jit":
        traced = torch.jit.trace(model, inputs, check_trace=False)
        model = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
    for _ in range(3):  # the first calls compile
        output = model(*inputs)
    output = output[0] if arguments.step else output
    np.save(arguments.output, output.numpy())
    end = time.perf_counter() + 0.3 * arguments.seconds
    while time.perf_counter() < end:
        model(*inputs)
    times, end = [], time.perf_counter() + arguments.seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        model(*inputs)
        times.append((time.perf_counter() - start) * 1e3)
    result = {"median_ms": float(np.median(times)), "min_ms": min(times), "runs": len(times)}
    print(json.dumps({**result, "library": f"PyTorch {torch.__version__}"}))


main()
