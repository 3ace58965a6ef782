// How the words of our allocators read; Names finds these beside the layouts' types.
#pragma once

#include <cstdint>

#include "allocators/detail/blocks/block_bits.hpp"
#include "allocators/detail/blocks/block_states.hpp"
#include "allocators/detail/blocks/block_store.hpp"
#include "allocators/detail/blocks/nonced_index.hpp"
#include "allocators/detail/blocks/two_list_word.hpp"
#include "relacy/trace/decoder.hpp"

namespace poolproof {

void decode(const NoncedIndex& layout, std::uint64_t word, FieldSink& field);
void decode(const TwoListWord& layout, std::uint64_t word, FieldSink& field);
void decode(const LinkLayout& layout, std::uint64_t link, FieldSink& field);
void decode(const FreshLayout& layout, std::uint64_t fresh, FieldSink& field);
void decode(const BitmapWord& layout, std::uint64_t word, FieldSink& field);
void decode(const BlockState& layout, std::uint64_t word, FieldSink& field);

}  // namespace poolproof
