/*
 * Forward.cpp - a forward pass. Threads share the rows, or the channels of a scan, or the heads of attention; a single
 * row is shared in products and in attention only.
 */
#include "Forward.h"

#include "Attention.h"
#include "Harness.h"
#include "Math.h"
#include "Rows.h"

#include <omp.h>

namespace peers {

Forward::Forward(Model &model, int batch, int rows, int threads, int mostPast)
    : model(model), batch(batch), rows(rows), threads(threads), all(batch * rows), rowThreads(std::min(threads, all)),
      mostRows(mostPast + rows), carried(model.blocks.size()), next(model.blocks.size()) {
  size_t count = all;
  x = allocate(count * model.hidden);
  normed = allocate(count * model.hidden);
  wide = allocate(count * (model.width() + 16));
  sliced = allocate(size_t(batch) * model.width());
  u = allocate(count * model.inner);
  bcdt = allocate(count * model.scanWidth());
  factors = allocate(count * 2);
  y = allocate(count * model.inner);
  ssm = allocate(count * model.hidden);
  heads = allocate(count * model.attention);
  attended = allocate(count * model.hidden);
  ffn = allocate(count * 4 * model.hidden);
  scratch = allocate(threads * attentionScratch(model.headDim));
  // Blocks of streams keep keys and values; others work in the same memory one after the other.
  const size_t kept = mostPast > 0 ? model.blocks.size() : 1;
  keyValues = allocate(kept * keyValueSize());
  for (std::vector<Carried> *list : {&carried, &next})
    for (size_t index = 0; mostPast > 0 && index < kept; ++index)
      (*list)[index] = {allocate(size_t(batch) * (model.taps - 1) * model.inner),
                        allocate(size_t(batch) * model.inner)};
}

size_t Forward::keyValueSize() const { return size_t(batch) * mostRows * 2 * model.attention; }

void Forward::advance() {
  std::swap(carried, next);
  past += rows;
}

float *Forward::scratchOfThread() const { return scratch + omp_get_thread_num() * attentionScratch(model.headDim); }

void Forward::scan(size_t index, bool last) {
  Block &block = model.blocks[index];
  const int inner = model.inner, width = model.scanWidth();
  auto of = [](float *values, int b, size_t size) { return values ? values + b * size : nullptr; };
  const size_t before = size_t(model.taps - 1) * inner;
#pragma omp parallel for collapse(2) num_threads(rowThreads)
  for (int b = 0; b < batch; ++b)
    for (int row = 0; row < rows; row += 16)
      convolve(model, block, of(carried[index].rows, b, before), wide + size_t(b) * rows * wideStride, wideStride,
               u + size_t(b) * rows * inner, row, std::min(rows, row + 16));
  for (int b = 0; next[index].rows && b < batch; ++b)
    carryRows(model, of(carried[index].rows, b, before), wide + size_t(b) * rows * wideStride, wideStride, rows,
              of(next[index].rows, b, before));
  block.scan.run(u, inner, bcdt, width, all);
#pragma omp parallel for num_threads(rowThreads)
  for (int row = 0; row < all; ++row)
    scanFactors(model, bcdt + size_t(row) * width, factors + 2 * size_t(row));
#pragma omp parallel for collapse(2) num_threads(rowThreads)
  for (int b = 0; b < batch; ++b)
    for (int channel = 0; channel < inner; channel += 128) {
      size_t row = size_t(b) * rows;
      Scan one{u + row * inner,
               factors + 2 * row,
               last ? nullptr : wide + row * wideStride + model.gates(),
               y + (last ? b : row) * inner,
               inner,
               wideStride,
               rows,
               of(carried[index].h, b, inner),
               of(next[index].h, b, inner)};
      one.run(channel, std::min(inner, channel + 128));
    }
}

void Forward::attention(float *keyValues) {
  const int dim = model.headDim, headCount = model.heads(), tile = rows > 512 ? queryTile : 64;
  // Keys and values of each head side by side first: rows of the wide product are far apart.
#pragma omp parallel for collapse(2) num_threads(rowThreads)
  for (int b = 0; b < batch; ++b)
    for (int row = 0; row < rows; ++row) {
      const float *from = wide + (size_t(b) * rows + row) * wideStride;
      for (int head = 0; head < headCount; ++head) {
        float *to = keyValues + ((size_t(b) * headCount + head) * 2 * mostRows + past + row) * dim;
        std::memcpy(to, from + model.keys() + head * dim, 4 * size_t(dim));
        std::memcpy(to + size_t(mostRows) * dim, from + model.values() + head * dim, 4 * size_t(dim));
      }
    }
#pragma omp parallel for collapse(3) schedule(dynamic) num_threads(threads)
  for (int b = 0; b < batch; ++b)
    for (int head = 0; head < headCount; ++head)
      for (int index = (rows - 1) / tile; index >= 0; --index) {
        int first = index * tile, count = std::min(tile, rows - first);
        size_t row = size_t(b) * rows + first;
        const float *key = keyValues + (size_t(b) * headCount + head) * 2 * mostRows * dim;
        attend({wide + row * wideStride + model.queries() + head * dim, wideStride}, {key, dim},
               {key + size_t(mostRows) * dim, dim}, dim, past + first, count,
               heads + row * model.attention + head * dim, model.attention, scratchOfThread());
      }
}

/// From here on only the last row of each sequence counts.
void Forward::sliceRows(Block &block) {
  const int hidden = model.hidden, width = model.width() - model.gates();
  for (int b = 0; b < batch; ++b) {
    size_t last = (size_t(b) * rows + rows - 1) * hidden;
    std::memmove(normed + size_t(b) * hidden, normed + last, 4 * size_t(hidden));
    std::memmove(x + size_t(b) * hidden, x + last, 4 * size_t(hidden));
  }
  block.slice.run(normed, hidden, sliced, width, batch);
  for (int b = 0; b < batch; ++b) {
    const float *gate = sliced + size_t(b) * width;
    float *row = y + size_t(b) * model.inner;
    for (int c = 0; c < model.inner; ++c)
      row[c] *= silu(gate[c]);
  }
}

void Forward::slicedAttention() {
  const int dim = model.headDim, width = model.width() - model.gates();
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int b = 0; b < batch; ++b)
    for (int head = 0; head < model.heads(); ++head) {
      const float *base = wide + size_t(b) * rows * wideStride + head * dim;
      const float *query = sliced + size_t(b) * width + model.queries() - model.gates() + head * dim;
      attend({query, width}, {base + model.keys(), wideStride}, {base + model.values(), wideStride}, dim, rows - 1, 1,
             heads + size_t(b) * model.attention + head * dim, model.attention, scratchOfThread());
    }
}

void Forward::feedForward(Block &block, int count, const float *gate, int gateStride) {
  const int hidden = model.hidden;
  block.attentionOut.run(heads, model.attention, attended, hidden, count);
#pragma omp parallel for num_threads(rowThreads)
  for (int row = 0; row < count; ++row) {
    size_t at = size_t(row) * hidden;
    mixBranches(x + at, gate + size_t(row) * gateStride, ssm + at, attended + at, hidden);
    normalize(x + at, normed + at, block.ffnNorm, hidden);
    for (int i = 0; i < hidden; ++i)
      x[at + i] += block.down.bias()[i];
  }
  block.up.run(normed, hidden, ffn, 4 * hidden, count, Epilogue::Gelu);
  block.down.run(ffn, 4 * hidden, x, hidden, count, Epilogue::Accumulate);
}

void Forward::runBlock(size_t index) {
  Block &block = model.blocks[index];
  const bool last = model.lastOnly && index + 1 == model.blocks.size();
  const int hidden = model.hidden, count = last ? batch : all;
#pragma omp parallel for num_threads(rowThreads)
  for (int row = 0; row < all; ++row)
    normalize(x + size_t(row) * hidden, normed + size_t(row) * hidden, block.norm, hidden);
  wideStride = (last ? model.gates() : model.width()) + 16; // rows that are not a power of two apart
  block.wide.run(normed, hidden, wide, wideStride, all);
  scan(index, last);
  if (last)
    sliceRows(block);
  block.ssmOut.run(y, model.inner, ssm, hidden, count);
  if (last) {
    slicedAttention();
    feedForward(block, count, sliced + model.mix() - model.gates(), model.width() - model.gates());
  } else {
    attention(keyValues + (carried[index].h ? index * keyValueSize() : 0));
    feedForward(block, count, wide + model.mix(), wideStride);
  }
}

void Forward::run(const float *input, float *output) {
  const int hidden = model.hidden;
  if (model.project)
    model.inputProjection.run(input, model.embed, x, hidden, all);
  else
    std::memcpy(x, input, 4 * size_t(all) * hidden);
  for (size_t index = 0; index < model.blocks.size(); ++index)
    runBlock(index);
  for (int b = 0; b < batch; ++b) {
    size_t row = model.lastOnly ? b : size_t(b) * rows + rows - 1;
    normalize(x + row * hidden, output + size_t(b) * hidden, model.finalNorm, hidden);
  }
}

} // namespace peers
