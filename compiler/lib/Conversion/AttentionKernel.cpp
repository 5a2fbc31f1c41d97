//===- AttentionKernel.cpp - causal attention with a running softmax --------------------------------------------===//
//
// After FlashAttention (Dao et al., 2022): for a tile of query rows, keys are taken in blocks of kKeyBlock that start
// at multiples of it; a running maximum and sum make the softmax one pass. Per head the keys are first transposed into
// panels of 16 keys, so that a vector of scores is a chain of fused multiply-adds over the head's channels.
//
// Each query row sees exactly the keys up to its own position: scores beyond it are masked before the maximum and the
// sum, and its weighted sum of values ends there. So a row's bits depend neither on the tile it is in nor on any later
// row, whatever that holds.
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
  AttentionEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::CausalAttention &shape,
                   Block::BlockArgListType args)
      : b(b), tiles(tiles), shape(shape), query(args[0]), key(args[1]), value(args[2]), output(args[3]), keys(args[4]),
        scratch(args[5]), batch(args[6]), queryRows(args[7]), keyRows(args[8]),
        headDim(shape.query.channels / shape.numHeads) {}
  void emit();

private:
  /// A tile of query rows: the first row within the sequence, its position among the keys, and how many rows.
  struct QueryTile {
    Value row, position;
    int64_t rows;
  };

  void transposeKeys();
  SmallVector<Value> transposed(ArrayRef<Value> rows);
  void emitTile(const QueryTile &tile);
  void emitScores(const QueryTile &tile, Value block, Value count);
  void emitSoftmax(const QueryTile &tile, Value row, Value block);
  void emitWeightedSum(const QueryTile &tile, Value block, Value count);
  SmallVector<Value> accumulate(const QueryTile &tile, Value block, Value within, int64_t firstRow, Value channel,
                                int64_t valid, ValueRange sums);
  void emitOutput(const QueryTile &tile);

  Value visible(const QueryTile &tile, Value row, Value block) {
    return b.sub(b.add(b.add(tile.position, row), 1), block);
  }
  Value inHead(Value channel) { return b.add(headStart, channel); }
  // Layout of the tile scratch, in f32: scores, maxima, sums, output; each kMaxQueryTile rows.
  Value scoreAt(Value row, Value key) { return b.add(b.mul(row, kKeyBlock), key); }
  Value maximumAt(Value row) { return b.add(b.mul(row, kLanes), kMaxQueryTile * kKeyBlock); }
  Value sumAt(Value row) { return b.add(maximumAt(row), kMaxQueryTile * kLanes); }
  Value outputAt(Value row, Value channel) {
    return b.add(b.add(b.mul(row, padChannels(headDim)), channel), kMaxQueryTile * (kKeyBlock + 2 * kLanes));
  }
  void storeScratch(Value vector, Value offset) { vector::StoreOp::create(b, vector, scratch, ValueRange{offset}); }
  Value clampCount(Value count) { return b.max(b.min(count, b.index(kKeyBlock)), b.index(0)); }
  /// Calls `body(panel offset)` for as many panels of 16 as hold `count` keys.
  void forEachPanel(Value count, KernelBuilder::Body body) { b.loop(b.index(0), count, kLanes, body); }

  KernelBuilder &b;
  const Tiles &tiles;
  const KernelLibrary::CausalAttention &shape;
  Value query, key, value, output, keys, scratch, batch, queryRows, keyRows;
  int64_t headDim;
  /// First row of the current sequence in query and key, first channel of the current head.
  Value queryStart, keyStart, headStart;
};

} // namespace

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

/// keys[panel][channel][16] for the current sequence and head. The last panel repeats the last key.
void AttentionEmitter::transposeKeys() {
  Value lastRow = b.sub(keyRows, b.index(1));
  b.loop(b.index(0), keyRows, kLanes, [&](Value panel) {
    b.forEachVector(headDim, [&](Value channel, int64_t valid) {
      SmallVector<Value> rows;
      for (int64_t i = 0; i < kLanes; ++i) {
        Value row = b.add(keyStart, b.min(b.add(panel, i), lastRow));
        rows.push_back(b.loadRow(key, row, inHead(channel), valid, /*padded=*/false));
      }
      SmallVector<Value> columns = transposed(rows);
      Value base = b.add(b.mul(panel, headDim), b.mul(channel, kLanes));
      for (int64_t i = 0; i < valid; ++i)
        vector::StoreOp::create(b, columns[i], keys, ValueRange{b.add(base, i * kLanes)});
    });
  });
}

/// Scores of all rows of the tile against `count` keys from `block` on.
void AttentionEmitter::emitScores(const QueryTile &tile, Value block, Value count) {
  SmallVector<Value> rows;
  for (int64_t r = 0; r < tile.rows; ++r)
    rows.push_back(b.add(b.add(queryStart, tile.row), r));
  forEachPanel(count, [&](Value panel) {
    Value base = b.mul(b.add(block, panel), headDim);
    SmallVector<Value> sums(tile.rows, b.splat(0.0f));
    sums = b.loop(b.index(0), b.index(headDim), 1, sums, [&](Value channel, ValueRange carried) {
      Value column = b.loadFlat(keys, b.add(base, b.mul(channel, kLanes)));
      SmallVector<Value> next;
      for (int64_t r = 0; r < tile.rows; ++r) {
        Value x = b.broadcast(memref::LoadOp::create(b, query, ValueRange{rows[r], inHead(channel)}));
        next.push_back(b.fma(x, column, carried[r]));
      }
      return next;
    });
    for (int64_t r = 0; r < tile.rows; ++r) {
      Value score = shape.scale == 1.0f ? sums[r] : b.mulF(sums[r], b.splat(shape.scale));
      storeScratch(score, scoreAt(b.index(r), panel));
    }
  });
}

/// Turns one row's scores into weights relative to the running maximum, and updates maximum, sum and output.
void AttentionEmitter::emitSoftmax(const QueryTile &tile, Value row, Value block) {
  Value count = clampCount(visible(tile, row, block));
  auto laneType = VectorType::get({kLanes}, b.getI32Type());
  auto laneNumbers = llvm::to_vector(llvm::seq<int32_t>(0, kLanes));
  Value lanes = arith::ConstantOp::create(b, DenseElementsAttr::get(laneType, ArrayRef<int32_t>(laneNumbers)));
  auto isVisible = [&](Value panel) -> Value {
    Value limit = arith::IndexCastOp::create(b, b.getI32Type(), b.sub(count, panel));
    limit = vector::BroadcastOp::create(b, laneType, limit);
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lanes, limit);
  };
  Value none = b.splat(-std::numeric_limits<float>::infinity());
  Value blockMaximum = b.loop(b.index(0), count, kLanes, none, [&](Value panel, ValueRange carried) {
    Value score = b.loadFlat(scratch, scoreAt(row, panel));
    score = arith::SelectOp::create(b, isVisible(panel), score, none);
    return SmallVector<Value>{b.maxF(carried[0], score)};
  })[0];
  Value before = b.loadFlat(scratch, maximumAt(row));
  Value maximum = b.maxF(before, b.broadcast(b.maxLanes(blockMaximum)));
  Value rescale = math::ExpOp::create(b, b.subF(before, maximum));
  Value sum = b.mulF(b.loadFlat(scratch, sumAt(row)), rescale);
  sum = b.loop(b.index(0), count, kLanes, sum, [&](Value panel, ValueRange carried) {
    Value weight = math::ExpOp::create(b, b.subF(b.loadFlat(scratch, scoreAt(row, panel)), maximum));
    weight = arith::SelectOp::create(b, isVisible(panel), weight, b.splat(0.0f));
    storeScratch(weight, scoreAt(row, panel));
    return SmallVector<Value>{b.addF(carried[0], weight)};
  })[0];
  storeScratch(maximum, maximumAt(row));
  storeScratch(sum, sumAt(row));
  b.forEachVector(padChannels(headDim), [&](Value channel, int64_t) {
    Value at = outputAt(row, channel);
    storeScratch(b.mulF(b.loadFlat(scratch, at), rescale), at);
  });
}

/// Adds weight * value of the key `within` the block to the sums of rows [firstRow, tile.rows).
SmallVector<Value> AttentionEmitter::accumulate(const QueryTile &tile, Value block, Value within, int64_t firstRow,
                                                Value channel, int64_t valid, ValueRange sums) {
  Value row = b.add(b.add(keyStart, block), within);
  Value values = b.loadRow(value, row, inHead(channel), valid, /*padded=*/false);
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
  b.forEachVector(headDim, [&](Value channel, int64_t valid) {
    SmallVector<Value> sums;
    for (int64_t r = 0; r < tile.rows; ++r)
      sums.push_back(b.loadFlat(scratch, outputAt(b.index(r), channel)));
    sums = b.loop(b.index(0), common, 1, sums, [&](Value within, ValueRange carried) {
      return accumulate(tile, block, within, 0, channel, valid, carried);
    });
    for (int64_t r = 1; r < tile.rows; ++r) {
      Value within = b.sub(visible(tile, b.index(r), block), b.index(1));
      Value below = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, within, count);
      Value inside =
          arith::AndIOp::create(b, below, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, within, b.index(0)));
      auto ifOp = scf::IfOp::create(b, TypeRange(ValueRange(sums)), inside, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      scf::YieldOp::create(b, accumulate(tile, block, within, r, channel, valid, sums));
      b.setInsertionPointToStart(ifOp.elseBlock());
      scf::YieldOp::create(b, sums);
      sums = SmallVector<Value>(ifOp.getResults());
    }
    for (int64_t r = 0; r < tile.rows; ++r)
      storeScratch(sums[r], outputAt(b.index(r), channel));
  });
}

void AttentionEmitter::emitOutput(const QueryTile &tile) {
  b.loop(b.index(0), b.index(tile.rows), 1, [&](Value row) {
    Value sum = b.sumLanes(b.loadFlat(scratch, sumAt(row)));
    Value inverse = b.broadcast(b.divF(b.scalar(1.0f), sum));
    Value target = b.add(b.add(queryStart, tile.row), row);
    b.forEachVector(headDim, [&](Value channel, int64_t valid) {
      Value result = b.mulF(b.loadFlat(scratch, outputAt(row, channel)), inverse);
      b.storeRow(result, output, target, inHead(channel), valid, /*padded=*/false);
    });
  });
}

void AttentionEmitter::emitTile(const QueryTile &tile) {
  b.loop(b.index(0), b.index(tile.rows), 1, [&](Value row) {
    storeScratch(b.splat(-std::numeric_limits<float>::infinity()), maximumAt(row));
    storeScratch(b.splat(0.0f), sumAt(row));
    b.forEachVector(padChannels(headDim),
                    [&](Value channel, int64_t) { storeScratch(b.splat(0.0f), outputAt(row, channel)); });
  });
  Value end = b.add(tile.position, tile.rows);
  b.loop(b.index(0), end, kKeyBlock, [&](Value block) {
    Value count = clampCount(b.sub(end, block));
    emitScores(tile, block, count);
    b.loop(b.index(0), b.index(tile.rows), 1, [&](Value row) {
      Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, visible(tile, row, block), b.index(0));
      auto ifOp = scf::IfOp::create(b, any, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ifOp.thenBlock());
      emitSoftmax(tile, row, block);
    });
    emitWeightedSum(tile, block, count);
  });
  emitOutput(tile);
}

void AttentionEmitter::emit() {
  Value firstPosition = b.sub(keyRows, queryRows);
  b.loop(b.index(0), batch, 1, [&](Value sequence) {
    queryStart = arith::MulIOp::create(b, sequence, queryRows);
    keyStart = arith::MulIOp::create(b, sequence, keyRows);
    b.loop(b.index(0), b.index(shape.numHeads), 1, [&](Value head) {
      headStart = b.mul(head, headDim);
      transposeKeys();
      b.forEachTile(b.index(0), queryRows, tiles.queryRows,
                    [&](Value row, int64_t rows) { emitTile({row, b.add(firstPosition, row), rows}); });
    });
  });
}

func::FuncOp KernelLibrary::getCausalAttention(const CausalAttention &shape) {
  MLIRContext *context = getContext();
  Type index = IndexType::get(context);
  Type flat = MemRefType::get({ShapedType::kDynamic}, Float32Type::get(context));
  std::string name = "causal_attention_" + std::to_string(shape.numHeads) + "_heads_" + shape.query.text() + "_" +
                     shape.key.text() + "_" + shape.value.text() + "_to_" + shape.output.text();
  if (shape.scale != 1.0f)
    name += "_scale" + llvm::utohexstr(llvm::bit_cast<uint32_t>(shape.scale), /*LowerCase=*/true);
  SmallVector<Type> arguments = {shape.query.memref(context),
                                 shape.key.memref(context),
                                 shape.value.memref(context),
                                 shape.output.memref(context),
                                 flat,
                                 flat,
                                 index,
                                 index,
                                 index};
  return getOrEmit(name, arguments, UnknownLoc::get(context),
                   [&](KernelBuilder &b, auto args) { AttentionEmitter(b, tiles, shape, args).emit(); });
}
