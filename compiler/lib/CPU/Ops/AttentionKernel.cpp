//===- AttentionKernel.cpp - causal attention with one pass over the keys ---------------------------------------===//
//
// After FlashAttention (Dao et al., 2022): for a block of query rows, keys are taken in blocks of kKeyBlock that start
// at multiples of it; a running maximum and sum make the softmax one pass. The keys of a block are first transposed
// into panels of 16 keys, so that a vector of scores is a chain of fused multiply-adds over the head's channels, and
// its values are gathered into columns of 16 channels: both stay in the cache for all query rows of the block. A
// stream's state has its keys and values in this layout already; they are appended row by row.
//
// Each query row sees exactly the keys up to its own position, with a window the last of them: scores of others are
// masked before the maximum and the sum, and its weighted sum of values has none of theirs. So a row's bits depend
// neither on the tile or block it is in nor on any other row, whatever that holds.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "CausalAttention.h"

#include <limits>

using namespace mlir;
using namespace sst;

namespace {

/// Emits one attention kernel.
class AttentionEmitter {
public:
  AttentionEmitter(KernelBuilder &b, KernelLibrary &library, const AttentionKernel &kernel);
  void emit();

private:
  /// A tile of query rows: the first row within the block, its position among the keys, and how many rows.
  struct QueryTile {
    Value row, position;
    int64_t rows;
  };

  void emitItem(Value item);
  void transposeKeys(Value block, Value count);
  SmallVector<Value> transposed(ArrayRef<Value> rows);
  void gatherValues(Value block, Value count);
  void clearSums(Value rows);
  void emitTile(const QueryTile &tile, Value block);
  void emitScores(const QueryTile &tile, Value block, Value count);
  void emitSoftmax(const QueryTile &tile, Value row, Value block);
  void emitWeightedSum(const QueryTile &tile, Value block, Value count);
  SmallVector<Value> accumulate(Value within, int64_t firstRow, int64_t endRow, Value channel, ValueRange sums);
  SmallVector<Value> accumulateOne(Value within, Value count, int64_t firstRow, int64_t endRow, Value channel,
                                   ValueRange sums);
  void emitOutput(Value rows);

  /// How many keys from `block` on the given row of a tile sees.
  Value visible(const QueryTile &tile, Value row, Value block) {
    return b.sub(b.add(b.add(tile.position, row), 1), block);
  }
  /// The first of them; beyond the block if it sees only later ones.
  Value firstVisible(const QueryTile &tile, Value row, Value block) {
    return window == 0 ? b.index(0) : b.max(b.sub(visible(tile, row, block), b.index(window)), b.index(0));
  }
  /// Whether one of rows [first, last] of a tile sees a key of the block.
  Value seeBlock(const QueryTile &tile, Value first, Value last, Value block) {
    Value reach = b.less(b.index(0), visible(tile, last, block));
    if (window == 0)
      return reach;
    return arith::AndIOp::create(b, reach, b.less(firstVisible(tile, first, block), b.index(kKeyBlock)));
  }
  Value inHead(Value channel) { return b.add(headStart, channel); }
  // Keys and values of the current block. In the states of endless streams, key p is at p modulo the rows there are.
  Value keyRow(Value within) { return ringStart ? b.rem(b.add(ringStart, within), b.index(valueRows)) : within; }
  Value keyAt(Value panel, Value channel) {
    return b.add(keyBase, b.add(b.mul(keyRow(panel), headDim), b.mul(channel, kLanes)));
  }
  Value valueAt(Value within, Value channel) {
    return b.add(valueBase, b.add(b.mul(channel, valueRows), b.mul(keyRow(within), kLanes)));
  }
  // Layout of the scratch memory, in f32. Without states, transposed keys and values of the block. Of the tile: scores.
  // Of the block of query rows: maxima, sums, output.
  Value scoreAt(Value row, Value within) { return b.add(b.add(b.mul(row, kKeyBlock), within), scoresStart); }
  Value maximumAt(Value row) { return b.add(b.mul(row, kLanes), scoresStart + kMaxQueryTile * kKeyBlock); }
  Value sumAt(Value row) { return b.add(maximumAt(row), kQueryBlock * kLanes); }
  Value outputAt(Value row, Value channel) {
    return b.add(b.add(b.mul(row, paddedDim), channel),
                 scoresStart + kMaxQueryTile * kKeyBlock + 2 * kQueryBlock * kLanes);
  }
  void storeScratch(Value vector, Value offset) { vector::StoreOp::create(b, vector, scratch, ValueRange{offset}); }
  Value clampCount(Value count) { return b.max(b.min(count, b.index(kKeyBlock)), b.index(0)); }

  KernelBuilder &b;
  KernelLibrary &library;
  const AttentionKernel &kernel;
  /// Sizes of the tiles of query rows.
  SmallVector<int64_t> tileRows;
  /// Keys that a row sees; 0: all up to itself.
  int64_t window;
  int64_t headDim, paddedDim;
  Value scratch;
  /// First row of the current block in query, of the current sequence in key, first channel of the current head.
  Value queryStart, keyStart, headStart;
  /// Where the keys and values of the current block are, and how many rows the memory of a column of values has.
  Value keyMemory, valueMemory, keyBase, valueBase;
  int64_t valueRows, scoresStart;
  /// The first key of the current block, if the keys are a ring.
  Value ringStart;
};

} // namespace

/// With a window, every row of a tile must see the first key that the last row sees.
static SmallVector<int64_t> getTileRows(const Tiles &tiles, int64_t window) {
  SmallVector<int64_t> rows;
  llvm::copy_if(tiles.queryRows, std::back_inserter(rows), [&](int64_t r) { return window == 0 || r <= window; });
  return rows;
}

AttentionEmitter::AttentionEmitter(KernelBuilder &b, KernelLibrary &library, const AttentionKernel &kernel)
    : b(b), library(library), kernel(kernel), tileRows(getTileRows(library.getTiles(), kernel.window)),
      window(kernel.window), headDim(kernel.query.type.channels / kernel.numHeads), paddedDim(padChannels(headDim)),
      scratch(kernel.scratch.value) {
  if (kernel.states) {
    valueRows = kernel.stateRows;
    scoresStart = 0;
    return;
  }
  keyMemory = valueMemory = scratch;
  keyBase = b.index(0);
  valueBase = b.index(kKeyBlock * paddedDim);
  valueRows = kKeyBlock;
  scoresStart = 2 * kKeyBlock * paddedDim;
}

/// Transposes a 16 x 16 tile, first within groups of four lanes (the unpack instructions), then by moving whole groups.
SmallVector<Value> AttentionEmitter::transposed(ArrayRef<Value> rows) {
  // In every group of four lanes, the given lanes: 0 to 3 of `x`, 4 to 7 of `y`.
  auto unpack = [&](Value x, Value y, ArrayRef<int64_t> lanes) -> Value {
    SmallVector<int64_t> mask;
    for (int64_t group = 0; group < kLanes; group += 4)
      for (int64_t lane : lanes)
        mask.push_back(group + (lane < 4 ? lane : lane - 4 + kLanes));
    return vector::ShuffleOp::create(b, x, y, mask);
  };
  SmallVector<Value> pairs, quads;
  for (int64_t i = 0; i < kLanes; i += 2) {
    pairs.push_back(unpack(rows[i], rows[i + 1], {0, 4, 1, 5}));
    pairs.push_back(unpack(rows[i], rows[i + 1], {2, 6, 3, 7}));
  }
  // quads[4 * j + c] has, in group g, channel 4 * g + c of rows 4 * j to 4 * j + 3.
  for (int64_t i = 0; i < kLanes; i += 4)
    for (int64_t half : {0, 1}) {
      quads.push_back(unpack(pairs[i + half], pairs[i + half + 2], {0, 1, 4, 5}));
      quads.push_back(unpack(pairs[i + half], pairs[i + half + 2], {2, 3, 6, 7}));
    }
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, kLanes));
  SmallVector<Value> columns;
  for (int64_t channel = 0; channel < kLanes; ++channel) {
    int64_t group = channel / 4 * 4, c = channel % 4;
    SmallVector<int64_t> mask;
    for (int64_t from : {group, kLanes + group})
      for (int64_t lane = 0; lane < 4; ++lane)
        mask.push_back(from + lane);
    Value low = vector::ShuffleOp::create(b, quads[c], quads[4 + c], mask);
    Value high = vector::ShuffleOp::create(b, quads[8 + c], quads[12 + c], mask);
    columns.push_back(vector::ShuffleOp::create(b, low, high, all));
  }
  return columns;
}

/// keys[panel][channel][16] of `count` keys from `block` on. The last panel repeats the last key.
void AttentionEmitter::transposeKeys(Value block, Value count) {
  Value first = b.add(keyStart, block), last = b.sub(count, b.index(1));
  b.loop(b.index(0), count, kLanes, [&](Value panel) {
    b.forEachVector(headDim, [&](Value channel, int64_t valid) {
      SmallVector<Value> rows;
      for (int64_t i = 0; i < kLanes; ++i) {
        Value row = b.add(first, b.min(b.add(panel, i), last));
        rows.push_back(b.loadRow(kernel.key.memory.value, row, inHead(channel), valid, /*padded=*/false));
      }
      SmallVector<Value> columns = transposed(rows);
      for (int64_t i = 0; i < valid; ++i)
        storeScratch(columns[i], keyAt(panel, b.add(channel, i)));
    });
  });
}

/// values[channel / 16][key][16] of `count` keys from `block` on.
void AttentionEmitter::gatherValues(Value block, Value count) {
  Value first = b.add(keyStart, block);
  b.forEachVector(headDim, [&](Value channel, int64_t valid) {
    b.loop(b.index(0), count, 1, [&](Value within) {
      Value values =
          b.loadRow(kernel.value.memory.value, b.add(first, within), inHead(channel), valid, /*padded=*/false);
      storeScratch(values, valueAt(within, channel));
    });
  });
}

/// Scores of all rows of the tile against those of the `count` keys from `block` on that one of them sees.
void AttentionEmitter::emitScores(const QueryTile &tile, Value block, Value count) {
  SmallVector<Value> rows;
  for (int64_t r = 0; r < tile.rows; ++r)
    rows.push_back(b.add(b.add(queryStart, tile.row), r));
  b.loop(b.startOfPanel(firstVisible(tile, b.index(0), block)), count, kLanes, [&](Value panel) {
    SmallVector<Value> sums(tile.rows, b.splat(0.0f));
    sums = b.loop(b.index(0), b.index(headDim), 1, sums, [&](Value channel, ValueRange carried) {
      Value column = b.loadFlat(keyMemory, keyAt(panel, channel));
      SmallVector<Value> next;
      for (int64_t r = 0; r < tile.rows; ++r) {
        Value x =
            b.broadcast(memref::LoadOp::create(b, kernel.query.memory.value, ValueRange{rows[r], inHead(channel)}));
        next.push_back(b.fma(x, column, carried[r]));
      }
      return next;
    });
    for (int64_t r = 0; r < tile.rows; ++r) {
      Value score = kernel.scale == 1.0f ? sums[r] : b.mulF(sums[r], b.splat(kernel.scale));
      storeScratch(score, scoreAt(b.index(r), panel));
    }
  });
}

/// Turns one row's scores into weights relative to the running maximum, and updates maximum, sum and output.
void AttentionEmitter::emitSoftmax(const QueryTile &tile, Value row, Value block) {
  Value state = b.add(tile.row, row);
  AttentionSoftmax softmax;
  softmax.channels = paddedDim;
  softmax.scratch = kernel.scratch;
  softmax.scores = scoreAt(row, b.index(0));
  softmax.maximum = maximumAt(state);
  softmax.sum = sumAt(state);
  softmax.output = outputAt(state, b.index(0));
  if (window > 0)
    softmax.first = firstVisible(tile, row, block);
  softmax.count = clampCount(visible(tile, row, block));
  callAttentionSoftmax(b, library, softmax);
}

/// Adds weight * value of the key `within` the block to the sums of rows [firstRow, endRow) of the tile.
SmallVector<Value> AttentionEmitter::accumulate(Value within, int64_t firstRow, int64_t endRow, Value channel,
                                                ValueRange sums) {
  Value values = b.loadFlat(valueMemory, valueAt(within, channel));
  SmallVector<Value> next(sums);
  for (int64_t r = firstRow; r < endRow; ++r) {
    Value weight = b.broadcast(memref::LoadOp::create(b, scratch, ValueRange{scoreAt(b.index(r), within)}));
    next[r] = b.fma(weight, values, next[r]);
  }
  return next;
}

/// The same, if the key is one of the `count` ones of the block.
SmallVector<Value> AttentionEmitter::accumulateOne(Value within, Value count, int64_t firstRow, int64_t endRow,
                                                   Value channel, ValueRange sums) {
  Value inside = arith::AndIOp::create(b, b.less(within, count), b.less(b.index(-1), within));
  auto ifOp = scf::IfOp::create(b, TypeRange(sums), inside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  scf::YieldOp::create(b, accumulate(within, firstRow, endRow, channel, sums));
  b.setInsertionPointToStart(ifOp.elseBlock());
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(ifOp.getResults());
}

/// Adds this block's weighted values to the output: with a window first, one by one, the keys that only the earlier
/// rows of the tile see; then the keys that all rows see, then those that only the later ones see.
void AttentionEmitter::emitWeightedSum(const QueryTile &tile, Value block, Value count) {
  Value end = b.max(b.min(visible(tile, b.index(0), block), count), b.index(0));
  Value begin = firstVisible(tile, b.index(tile.rows - 1), block);
  b.forEachVector(paddedDim, [&](Value channel, int64_t) {
    SmallVector<Value> sums;
    for (int64_t r = 0; r < tile.rows; ++r)
      sums.push_back(b.loadFlat(scratch, outputAt(b.add(tile.row, r), channel)));
    for (int64_t r = 1; window > 0 && r < tile.rows; ++r) {
      Value within = b.sub(visible(tile, b.index(r), block), b.index(window + 1));
      sums = accumulateOne(within, count, 0, r, channel, sums);
    }
    sums = b.loop(begin, end, 1, sums,
                  [&](Value within, ValueRange carried) { return accumulate(within, 0, tile.rows, channel, carried); });
    for (int64_t r = 1; r < tile.rows; ++r) {
      Value within = b.sub(visible(tile, b.index(r), block), b.index(1));
      sums = accumulateOne(within, count, r, tile.rows, channel, sums);
    }
    for (int64_t r = 0; r < tile.rows; ++r)
      storeScratch(sums[r], outputAt(b.add(tile.row, r), channel));
  });
}

void AttentionEmitter::emitOutput(Value rows) {
  b.loop(b.index(0), rows, 1, [&](Value row) {
    Value sum = b.sumLanes(b.loadFlat(scratch, sumAt(row)));
    Value inverse = b.broadcast(b.divF(b.scalar(1.0f), sum));
    Value target = b.add(queryStart, row);
    b.forEachVector(headDim, [&](Value channel, int64_t valid) {
      Value result = b.mulF(b.loadFlat(scratch, outputAt(row, channel)), inverse);
      b.storeRow(result, kernel.output.memory.value, target, inHead(channel), valid, /*padded=*/false);
    });
  });
}

void AttentionEmitter::clearSums(Value rows) {
  b.loop(b.index(0), rows, 1, [&](Value row) {
    storeScratch(b.splat(-std::numeric_limits<float>::infinity()), maximumAt(row));
    storeScratch(b.splat(0.0f), sumAt(row));
    b.forEachVector(paddedDim, [&](Value channel, int64_t) { storeScratch(b.splat(0.0f), outputAt(row, channel)); });
  });
}

/// Takes the keys of one block into account, as far as the tile sees them.
void AttentionEmitter::emitTile(const QueryTile &tile, Value block) {
  Value last = b.index(tile.rows - 1), count = clampCount(visible(tile, last, block));
  b.when(seeBlock(tile, b.index(0), last, block), [&] {
    emitScores(tile, block, count);
    b.loop(b.index(0), b.index(tile.rows), 1,
           [&](Value row) { b.when(seeBlock(tile, row, row, block), [&] { emitSoftmax(tile, row, block); }); });
    emitWeightedSum(tile, block, count);
  });
}

/// One block of query rows of one head of one sequence.
void AttentionEmitter::emitItem(Value item) {
  Value blocks = b.ceilDiv(kernel.queryRows, kQueryBlock), heads = b.index(kernel.numHeads);
  Value firstRow = b.mul(b.rem(item, blocks), kQueryBlock);
  Value rows = b.min(b.sub(kernel.queryRows, firstRow), b.index(kQueryBlock));
  Value headNumber = b.floorDiv(item, blocks), sequence = b.floorDiv(headNumber, heads);
  Value head = b.rem(headNumber, heads);
  headStart = b.mul(head, headDim);
  queryStart = b.add(b.mul(sequence, kernel.queryRows), firstRow);
  keyStart = b.mul(sequence, kernel.keyRows);
  Value position = b.add(b.sub(kernel.keyRows, kernel.queryRows), firstRow);
  bool hasStates = static_cast<bool>(kernel.states);
  if (hasStates) {
    position = b.add(position, kernel.states.position(b, sequence));
    keyMemory = kernel.states.values(b, sequence, kernel.keyState);
    valueMemory = kernel.states.values(b, sequence, kernel.valueState);
  }
  clearSums(rows);
  Value end = b.add(position, rows), first = b.index(0);
  if (window > 0) {
    first = b.max(b.sub(b.add(position, 1), b.index(window)), first);
    first = b.sub(first, b.rem(first, b.index(kKeyBlock)));
  }
  b.loop(first, end, kKeyBlock, [&](Value block) {
    Value count = clampCount(b.sub(end, block));
    if (hasStates && window > 0) {
      ringStart = block;
      keyBase = b.mul(head, valueRows * headDim);
      valueBase = b.mul(head, valueRows * paddedDim);
    } else if (hasStates) {
      keyBase = b.mul(b.add(b.mul(head, valueRows), block), headDim);
      valueBase = b.add(b.mul(head, valueRows * paddedDim), b.mul(block, kLanes));
    } else {
      transposeKeys(block, count);
      gatherValues(block, count);
    }
    b.forEachTile(b.index(0), rows, tileRows,
                  [&](Value row, int64_t size) { emitTile({row, b.add(position, row), size}, block); });
  });
  emitOutput(rows);
}

void AttentionEmitter::emit() {
  b.loop(kernel.firstItem, kernel.endItem, 1, [&](Value item) { emitItem(item); });
}

/// The end of the name of a kernel that scales its scores or has a window.
static std::string getSuffix(float scale, int64_t window) {
  std::string suffix;
  if (scale != 1.0f)
    suffix = "_scale" + llvm::utohexstr(llvm::bit_cast<uint32_t>(scale), /*LowerCase=*/true);
  if (window > 0)
    suffix += "_last" + std::to_string(window);
  return suffix;
}

LogicalResult sst::callAttention(StageEmitter &e, AttentionKernel &kernel) {
  std::string name = kernel.states ? "attention_from_state_" : "causal_attention_";
  name += std::to_string(kernel.numHeads) + "_heads_";
  if (kernel.states)
    name += std::to_string(kernel.stateRows) + "x" + kernel.query.type.text();
  else
    name += kernel.query.type.text() + "_" + kernel.key.type.text() + "_" + kernel.value.type.text();
  name += "_to_" + kernel.output.type.text() + getSuffix(kernel.scale, kernel.window);
  Signature signature(kernel.query, kernel.key, kernel.value, kernel.states, kernel.output, kernel.scratch,
                      kernel.keyState, kernel.valueState, kernel.queryRows, kernel.keyRows, kernel.firstItem,
                      kernel.endItem);
  return e.call(name, signature, [&](KernelBuilder &b) { AttentionEmitter(b, e.library, kernel).emit(); });
}
