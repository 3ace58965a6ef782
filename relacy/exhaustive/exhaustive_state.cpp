// Where an exhaustive search stands, saved and restored.
#include "exhaustive_strategy.hpp"

namespace poolproof {

void ExhaustiveStrategy::save(StateWriter& writer, const SleepEntry& tried) {
  writer.number(std::uint64_t{tried.asleep});
  writer.number(std::uint64_t{tried.wrote});
  writer.number(static_cast<std::uint64_t>(tried.access.kind));
  writer.number(std::uint64_t{tried.access.seq_cst});
  writer.number(std::uint64_t{tried.access.object});
  writer.number(static_cast<std::uint64_t>(tried.newest));
  writer.number(tried.effects.reads);
  writer.number(tried.effects.writes);
  writer.number(tried.effects.adds);
}

ExhaustiveStrategy::SleepEntry ExhaustiveStrategy::restore_entry(StateReader& reader) {
  SleepEntry tried;
  tried.asleep = reader.number<std::uint8_t>() != 0;
  tried.wrote = reader.number<std::uint8_t>() != 0;
  tried.access.kind = static_cast<Access::Kind>(reader.number<std::uint8_t>());
  tried.access.seq_cst = reader.number<std::uint8_t>() != 0;
  tried.access.object = reader.number<std::uint32_t>();
  tried.newest = static_cast<std::int64_t>(reader.number());
  tried.effects.reads = reader.number();
  tried.effects.writes = reader.number();
  tried.effects.adds = reader.number();
  return tried;
}

void ExhaustiveStrategy::save(StateWriter& writer) const {
  writer.number(executions_);
  writer.number(redundant_);
  writer.number(share_);
  writer.number(std::uint64_t{begun_});
  writer.number(std::uint64_t{yielded_});
  writer.number(cuts_);
  writer.number(std::uint64_t{path_.size()});
  for (const Node& node : path_) {
    writer.number(std::uint64_t{node.number});
    writer.number(std::uint64_t{node.options});
    writer.number(std::uint64_t{node.chosen});
    if (node.number) continue;
    writer.number(std::uint64_t{node.candidates});
    writer.number(std::uint64_t{node.open});
    writer.number(std::uint64_t{node.known_of});
    writer.number(std::uint64_t{node.cut});
    for (const SleepEntry& tried : node.sleep) save(writer, tried);
    save(writer, node.current);
  }
}

void ExhaustiveStrategy::restore(StateReader& reader) {
  executions_ = reader.number();
  redundant_ = reader.number();
  share_ = reader.real();
  begun_ = reader.number<std::uint8_t>() != 0;
  yielded_ = reader.number<std::uint8_t>() != 0;
  cuts_ = reader.number();
  path_.clear();
  for (auto size = reader.number<std::uint16_t>(); size != 0; --size) {
    Node node;
    node.number = reader.number<std::uint8_t>() != 0;
    node.options = reader.number<std::uint8_t>();
    node.chosen = reader.number<std::uint8_t>();
    if (!node.number) {
      node.candidates = reader.number<std::uint16_t>();
      node.open = reader.number<std::uint16_t>();
      node.known_of = reader.number<std::uint16_t>();
      node.cut = reader.number<std::uint8_t>() != 0;
      for (SleepEntry& tried : node.sleep) tried = restore_entry(reader);
      node.current = restore_entry(reader);
    }
    path_.push_back(node);
  }
}

}  // namespace poolproof
