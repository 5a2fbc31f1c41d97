//===- AttentionKernel.cpp - causal attention with one pass over the keys ---------------------------------------===//
//
// After FlashAttention (Dao et al., 2022): for a block of query rows, keys are taken in blocks of kKeyBlock that start
// at multiples of it; a running maximum and sum make the softmax one pass. The keys of a block are first transposed
// into panels of 16 keys, so that a vector of scores is a chain of fused multiply-adds over the head's channels, and
// its values are gathered into columns of 16 channels: both stay in the cache for all query rows of the block. A
// stream's state has its keys and values in this layout already; they are appended row by row.
//
// Each query row sees exactly the keys up to its own position: scores beyond it are masked before the maximum and the
// sum, and its weighted sum of values ends there. So a row's bits depend neither on the tile or block it is in nor on
// any later row, whatever that holds.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

#include <limits>

using namespace mlir;
using namespace sst;

namespace {

/// Emits one attention kernel. Members name the kernel's arguments and derived values.
class AttentionEmitter {
public:
  AttentionEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::CausalAttention &shape, ValueRange args);
  AttentionEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::AttentionFromState &shape,
                   ValueRange args);
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
  void emitScores(const QueryTile &tile, Value count);
  void emitSoftmax(const QueryTile &tile, Value row, Value block);
  void emitWeightedSum(const QueryTile &tile, Value block, Value count);
  SmallVector<Value> accumulate(const QueryTile &tile, Value within, int64_t firstRow, Value channel, ValueRange sums);
  void emitOutput(Value rows);

  /// How many keys from `block` on the given row of a tile sees.
  Value visible(const QueryTile &tile, Value row, Value block) {
    return b.sub(b.add(b.add(tile.position, row), 1), block);
  }
  Value inHead(Value channel) { return b.add(headStart, channel); }
  // Keys and values of the current block.
  Value keyAt(Value panel, Value channel) {
    return b.add(keyBase, b.add(b.mul(panel, headDim), b.mul(channel, kLanes)));
  }
  Value valueAt(Value within, Value channel) {
    return b.add(valueBase, b.add(b.mul(channel, valueRows), b.mul(within, kLanes)));
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
  const Tiles &tiles;
  int64_t numHeads;
  float scale;
  Value query, key, value, output, scratch, queryRows, keyRows, firstItem, endItem;
  int64_t headDim, paddedDim;
  /// First row of the current block in query, of the current sequence in key, first channel of the current head.
  Value queryStart, keyStart, headStart;
  /// Where the keys and values of the current block are, and how many rows the memory of a column of values has.
  Value keyMemory, valueMemory, keyBase, valueBase;
  int64_t valueRows, scoresStart;
  /// With states; the offsets of keys and values in a state.
  StreamStates states;
  Value keyState, valueState;
};

} // namespace

AttentionEmitter::AttentionEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::CausalAttention &shape,
                                   ValueRange args)
    : b(b), tiles(tiles), numHeads(shape.numHeads), scale(shape.scale), query(args[0]), key(args[1]), value(args[2]),
      output(args[3]), scratch(args[4]), queryRows(args[5]), keyRows(args[6]), firstItem(args[7]), endItem(args[8]),
      headDim(shape.query.channels / shape.numHeads), paddedDim(padChannels(headDim)), keyMemory(scratch),
      valueMemory(scratch), keyBase(b.index(0)), valueBase(b.index(kKeyBlock * paddedDim)), valueRows(kKeyBlock),
      scoresStart(2 * kKeyBlock * paddedDim) {}

AttentionEmitter::AttentionEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::AttentionFromState &shape,
                                   ValueRange args)
    : b(b), tiles(tiles), numHeads(shape.numHeads), scale(shape.scale), query(args[0]), output(args[3]),
      scratch(args[4]), queryRows(args[7]), keyRows(args[8]), firstItem(args[9]), endItem(args[10]),
      headDim(shape.query.channels / shape.numHeads), paddedDim(padChannels(headDim)),
      valueRows(padRows(shape.maxRows)), scoresStart(0), states{args[1], args[2]}, keyState(args[5]),
      valueState(args[6]) {}

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
        rows.push_back(b.loadRow(key, row, inHead(channel), valid, /*padded=*/false));
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
      Value values = b.loadRow(value, b.add(first, within), inHead(channel), valid, /*padded=*/false);
      storeScratch(values, valueAt(within, channel));
    });
  });
}

/// Scores of all rows of the tile against `count` keys from `block` on.
void AttentionEmitter::emitScores(const QueryTile &tile, Value count) {
  SmallVector<Value> rows;
  for (int64_t r = 0; r < tile.rows; ++r)
    rows.push_back(b.add(b.add(queryStart, tile.row), r));
  b.loop(b.index(0), count, kLanes, [&](Value panel) {
    SmallVector<Value> sums(tile.rows, b.splat(0.0f));
    sums = b.loop(b.index(0), b.index(headDim), 1, sums, [&](Value channel, ValueRange carried) {
      Value column = b.loadFlat(keyMemory, keyAt(panel, channel));
      SmallVector<Value> next;
      for (int64_t r = 0; r < tile.rows; ++r) {
        Value x = b.broadcast(memref::LoadOp::create(b, query, ValueRange{rows[r], inHead(channel)}));
        next.push_back(b.fma(x, column, carried[r]));
      }
      return next;
    });
    for (int64_t r = 0; r < tile.rows; ++r) {
      Value score = scale == 1.0f ? sums[r] : b.mulF(sums[r], b.splat(scale));
      storeScratch(score, scoreAt(b.index(r), panel));
    }
  });
}

/// Turns one row's scores into weights relative to the running maximum, and updates maximum, sum and output.
void AttentionEmitter::emitSoftmax(const QueryTile &tile, Value row, Value block) {
  Value count = clampCount(visible(tile, row, block)), state = b.add(tile.row, row);
  Value whole = b.sub(count, b.rem(count, b.index(kLanes)));
  auto laneType = VectorType::get({kLanes}, b.getI32Type());
  auto laneNumbers = llvm::to_vector(llvm::seq<int32_t>(0, kLanes));
  Value lanes = arith::ConstantOp::create(b, DenseElementsAttr::get(laneType, ArrayRef<int32_t>(laneNumbers)));
  Value limit =
      vector::BroadcastOp::create(b, laneType, arith::IndexCastOp::create(b, b.getI32Type(), b.sub(count, whole)));
  Value inLast = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lanes, limit);
  // Calls `body(panel, carried, visible)` for all panels; only in the last one some keys may be invisible.
  auto overPanels = [&](Value init, function_ref<Value(Value, Value, Value)> body) -> Value {
    Value carried = b.loop(b.index(0), whole, kLanes, init, [&](Value panel, ValueRange values) {
      return SmallVector<Value>{body(panel, values[0], Value())};
    })[0];
    return b.loop(whole, count, kLanes, carried, [&](Value panel, ValueRange values) {
      return SmallVector<Value>{body(panel, values[0], inLast)};
    })[0];
  };
  auto keep = [&](Value mask, Value vector, float otherwise) {
    return mask ? Value(arith::SelectOp::create(b, mask, vector, b.splat(otherwise))) : vector;
  };
  constexpr float none = -std::numeric_limits<float>::infinity();
  Value blockMaximum = overPanels(b.splat(none), [&](Value panel, Value carried, Value mask) {
    return b.maxF(carried, keep(mask, b.loadFlat(scratch, scoreAt(row, panel)), none));
  });
  Value before = b.loadFlat(scratch, maximumAt(state));
  Value maximum = b.maxF(before, b.broadcast(b.maxLanes(blockMaximum)));
  Value rescale = math::ExpOp::create(b, b.subF(before, maximum));
  Value sum = b.mulF(b.loadFlat(scratch, sumAt(state)), rescale);
  sum = overPanels(sum, [&](Value panel, Value carried, Value mask) {
    Value weight = math::ExpOp::create(b, b.subF(b.loadFlat(scratch, scoreAt(row, panel)), maximum));
    weight = keep(mask, weight, 0.0f);
    storeScratch(weight, scoreAt(row, panel));
    return b.addF(carried, weight);
  });
  storeScratch(maximum, maximumAt(state));
  storeScratch(sum, sumAt(state));
  b.forEachVector(paddedDim, [&](Value channel, int64_t) {
    Value at = outputAt(state, channel);
    storeScratch(b.mulF(b.loadFlat(scratch, at), rescale), at);
  });
}

/// Adds weight * value of the key `within` the block to the sums of rows [firstRow, tile.rows).
SmallVector<Value> AttentionEmitter::accumulate(const QueryTile &tile, Value within, int64_t firstRow, Value channel,
                                                ValueRange sums) {
  Value values = b.loadFlat(valueMemory, valueAt(within, channel));
  SmallVector<Value> next(sums);
  for (int64_t r = firstRow; r < tile.rows; ++r) {
    Value weight = b.broadcast(memref::LoadOp::create(b, scratch, ValueRange{scoreAt(b.index(r), within)}));
    next[r] = b.fma(weight, values, next[r]);
  }
  return next;
}

/// Adds this block's weighted values to the output: first the keys that all rows see, then one by one those that only
/// the later rows of the tile see.
void AttentionEmitter::emitWeightedSum(const QueryTile &tile, Value block, Value count) {
  Value common = b.max(b.min(visible(tile, b.index(0), block), count), b.index(0));
  b.forEachVector(paddedDim, [&](Value channel, int64_t) {
    SmallVector<Value> sums;
    for (int64_t r = 0; r < tile.rows; ++r)
      sums.push_back(b.loadFlat(scratch, outputAt(b.add(tile.row, r), channel)));
    sums = b.loop(b.index(0), common, 1, sums,
                  [&](Value within, ValueRange carried) { return accumulate(tile, within, 0, channel, carried); });
    for (int64_t r = 1; r < tile.rows; ++r) {
      Value within = b.sub(visible(tile, b.index(r), block), b.index(1));
      Value below = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, within, count);
      Value inside =
          arith::AndIOp::create(b, below, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, within, b.index(0)));
      auto ifOp = scf::IfOp::create(b, TypeRange(ValueRange(sums)), inside, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      scf::YieldOp::create(b, accumulate(tile, within, r, channel, sums));
      b.setInsertionPointToStart(ifOp.elseBlock());
      scf::YieldOp::create(b, sums);
      sums = SmallVector<Value>(ifOp.getResults());
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
      b.storeRow(result, output, target, inHead(channel), valid, /*padded=*/false);
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
  Value count = clampCount(b.sub(b.add(tile.position, tile.rows), block));
  b.when(b.less(b.index(0), count), [&] {
    emitScores(tile, count);
    b.loop(b.index(0), b.index(tile.rows), 1, [&](Value row) {
      b.when(b.less(b.index(0), visible(tile, row, block)), [&] { emitSoftmax(tile, row, block); });
    });
    emitWeightedSum(tile, block, count);
  });
}

/// One block of query rows of one head of one sequence.
void AttentionEmitter::emitItem(Value item) {
  Value blocks = b.ceilDiv(queryRows, kQueryBlock), heads = b.index(numHeads);
  Value firstRow = b.mul(b.rem(item, blocks), kQueryBlock);
  Value rows = b.min(b.sub(queryRows, firstRow), b.index(kQueryBlock));
  Value headNumber = b.floorDiv(item, blocks), sequence = b.floorDiv(headNumber, heads);
  Value head = b.rem(headNumber, heads);
  headStart = b.mul(head, headDim);
  queryStart = b.add(b.mul(sequence, queryRows), firstRow);
  keyStart = b.mul(sequence, keyRows);
  Value position = b.add(b.sub(keyRows, queryRows), firstRow);
  bool hasStates = static_cast<bool>(states.first);
  if (hasStates) {
    position = b.add(position, states.position(b, sequence));
    keyMemory = states.values(b, sequence, keyState);
    valueMemory = states.values(b, sequence, valueState);
  }
  clearSums(rows);
  Value end = b.add(position, rows);
  b.loop(b.index(0), end, kKeyBlock, [&](Value block) {
    Value count = clampCount(b.sub(end, block));
    if (hasStates) {
      keyBase = b.mul(b.add(b.mul(head, valueRows), block), headDim);
      valueBase = b.add(b.mul(head, valueRows * paddedDim), b.mul(block, kLanes));
    } else {
      transposeKeys(block, count);
      gatherValues(block, count);
    }
    b.forEachTile(b.index(0), rows, tiles.queryRows,
                  [&](Value row, int64_t tileRows) { emitTile({row, b.add(position, row), tileRows}, block); });
  });
  emitOutput(rows);
}

void AttentionEmitter::emit() {
  b.loop(firstItem, endItem, 1, [&](Value item) { emitItem(item); });
}

/// The end of the name of a kernel that scales its scores.
static std::string scaleSuffix(float scale) {
  return scale == 1.0f ? "" : "_scale" + llvm::utohexstr(llvm::bit_cast<uint32_t>(scale), /*LowerCase=*/true);
}

func::FuncOp KernelLibrary::getCausalAttention(const CausalAttention &shape) {
  MLIRContext *context = getContext();
  Type index = IndexType::get(context);
  Type flat = MemRefType::get({ShapedType::kDynamic}, Float32Type::get(context));
  std::string name = "causal_attention_" + std::to_string(shape.numHeads) + "_heads_" + shape.query.text() + "_" +
                     shape.key.text() + "_" + shape.value.text() + "_to_" + shape.output.text() +
                     scaleSuffix(shape.scale);
  SmallVector<Type> arguments = {shape.query.memref(context), shape.key.memref(context), shape.value.memref(context),
                                 shape.output.memref(context), flat};
  arguments.append(4, index);
  return getOrEmit(name, arguments,
                   [&](KernelBuilder &b, auto args) { AttentionEmitter(b, tiles, shape, args).emit(); });
}

func::FuncOp KernelLibrary::getAttentionFromState(const AttentionFromState &shape) {
  MLIRContext *context = getContext();
  std::string name = "attention_from_state_" + std::to_string(shape.numHeads) + "_heads_" +
                     std::to_string(shape.maxRows) + "x" + shape.query.text() + "_to_" + shape.output.text() +
                     scaleSuffix(shape.scale);
  SmallVector<Type> arguments = {shape.query.memref(context)};
  arguments.append(StreamStates::getTypes(context));
  arguments.append({shape.output.memref(context), MemRefType::get({ShapedType::kDynamic}, Float32Type::get(context))});
  arguments.append(6, IndexType::get(context));
  return getOrEmit(name, arguments,
                   [&](KernelBuilder &b, auto args) { AttentionEmitter(b, tiles, shape, args).emit(); });
}

func::FuncOp KernelLibrary::getAppendKeys(RowsType key, RowsType value, int64_t numHeads, int64_t maxRows) {
  MLIRContext *context = getContext();
  std::string name = "append_keys_" + std::to_string(numHeads) + "_heads_" + std::to_string(maxRows) + "x" +
                     key.text() + "_" + value.text();
  SmallVector<Type> arguments = {key.memref(context), value.memref(context)};
  arguments.append(StreamStates::getTypes(context));
  arguments.append(5, IndexType::get(context));
  int64_t headDim = key.channels / numHeads, paddedDim = padChannels(headDim), capacity = padRows(maxRows);
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    StreamStates states{args[2], args[3]};
    Value rows = args[6], firstRow = args[7], endRow = args[8];
    // Row `row` of the memory becomes row `position` of the stream.
    auto append = [&](Value keys, Value values, Value row, Value position) {
      Value lane = b.rem(position, b.index(kLanes)), panel = b.sub(position, lane);
      b.loop(b.index(0), b.index(numHeads), 1, [&](Value head) {
        Value start = b.mul(head, headDim), keyBase = b.mul(b.add(b.mul(head, capacity), panel), headDim);
        b.loop(b.index(0), b.index(headDim), 1, [&](Value channel) {
          Value x = memref::LoadOp::create(b, args[0], ValueRange{row, b.add(start, channel)});
          Value at = b.add(b.add(keyBase, b.mul(channel, kLanes)), lane);
          memref::StoreOp::create(b, x, keys, ValueRange{at});
        });
        b.forEachVector(headDim, [&](Value channel, int64_t valid) {
          Value x = b.loadRow(args[1], row, b.add(start, channel), valid, /*padded=*/false);
          Value column = b.add(b.mul(head, capacity * paddedDim), b.mul(channel, capacity));
          vector::StoreOp::create(b, x, values, ValueRange{b.add(column, b.mul(position, kLanes))});
        });
      });
    };
    b.forEachSegment(rows, firstRow, endRow, [&](Value sequence, Value start, Value begin, Value end) {
      Value position = states.position(b, sequence);
      Value keys = states.values(b, sequence, args[4]), values = states.values(b, sequence, args[5]);
      b.loop(begin, end, 1,
             [&](Value t) { append(keys, values, b.sub(b.add(start, t), firstRow), b.add(position, t)); });
    });
  });
}
