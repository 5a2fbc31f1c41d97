//===- CheckNesting.cpp - bounds on a module that somebody else wrote -------------------------------------------===//
//
// MLIR walks and prints by recursion into attributes and types, which aliases nest without any bracket (CheckText.cpp
// bounds those). An alias can also make text exponentially long when it is printed; hence the bound on the size of a
// module's attributes when each use is counted.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Nesting.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sst;

/// What the compiler itself writes stays below 20.
static constexpr size_t maxDepth = 256;
/// Attributes and types of a module, every use counted.
static constexpr uint64_t maxNodes = uint64_t(1) << 26;

namespace {
/// Measures attributes and types, each once, without recursion.
class ElementMeasure {
public:
  struct Size {
    uint64_t depth = 0, nodes = 0;
  };
  /// An attribute, or a type.
  using Element = llvm::PointerUnion<Attribute, Type>;
  Size measure(Element root);

private:
  struct Frame {
    Element element;
    SmallVector<Element> children;
    size_t next = 0;
    Size size;
  };
  static Frame makeFrame(Element element);

  /// Sizes of what was seen; zero while it is being measured, which ends the cycles of recursive types.
  llvm::DenseMap<const void *, Size> sizes;
};
} // namespace

ElementMeasure::Frame ElementMeasure::makeFrame(Element element) {
  Frame frame;
  frame.element = element;
  frame.size = {0, 1};
  auto addAttribute = [&](Attribute attribute) {
    if (attribute)
      frame.children.push_back(attribute);
  };
  auto addType = [&](Type type) {
    if (type)
      frame.children.push_back(type);
  };
  if (auto attribute = dyn_cast<Attribute>(element))
    attribute.walkImmediateSubElements(addAttribute, addType);
  else
    cast<Type>(element).walkImmediateSubElements(addAttribute, addType);
  return frame;
}

ElementMeasure::Size ElementMeasure::measure(Element root) {
  if (auto found = sizes.find(root.getOpaqueValue()); found != sizes.end())
    return found->second;
  sizes[root.getOpaqueValue()] = {};
  SmallVector<Frame> stack;
  stack.push_back(makeFrame(root));
  while (true) {
    Frame &frame = stack.back();
    if (frame.next < frame.children.size()) {
      Element child = frame.children[frame.next];
      auto [found, isNew] = sizes.try_emplace(child.getOpaqueValue());
      if (isNew) {
        stack.push_back(makeFrame(child));
        continue;
      }
      frame.size.depth = std::max(frame.size.depth, found->second.depth);
      frame.size.nodes = llvm::SaturatingAdd(frame.size.nodes, found->second.nodes);
      ++frame.next;
      continue;
    }
    ++frame.size.depth;
    Size size = frame.size;
    sizes[frame.element.getOpaqueValue()] = size;
    stack.pop_back();
    if (stack.empty())
      return size;
  }
}

bool sst::checkNesting(ModuleOp module, StringRef file, Report &report) {
  ElementMeasure measure;
  uint64_t depth = 0, nodes = 0;
  auto add = [&](ElementMeasure::Element element) {
    ElementMeasure::Size size = measure.measure(element);
    depth = std::max(depth, size.depth);
    nodes = llvm::SaturatingAdd(nodes, size.nodes);
  };
  module->walk([&](Operation *op) {
    add(Attribute(op->getLoc()));
    add(Attribute(op->getAttrDictionary()));
    for (Type type : op->getResultTypes())
      add(type);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments()) {
          add(argument.getType());
          add(Attribute(argument.getLoc()));
        }
  });
  if (depth > maxDepth)
    report.add(file, "",
               "expects attributes and types to be nested at most " + llvm::Twine(maxDepth) + " deep, but got " +
                   llvm::Twine(depth),
               "compile a module that sst-compile or sst-opt wrote");
  if (nodes > maxNodes)
    report.add(file, "", "expects at most " + llvm::Twine(maxNodes) + " attributes and types, aliases written out",
               "compile a module that sst-compile or sst-opt wrote");
  return depth <= maxDepth && nodes <= maxNodes;
}
