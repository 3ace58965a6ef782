// ChunkTree: the chunks of a pool by address, so that the one a pointer lies in is found in
// O(log chunks) steps, in one if there is one chunk. For the thread that has the pool.
//
// A treap (C. Aragon and R. Seidel, "Randomized search trees", FOCS 1989): a search tree by address
// and at the same time a heap by priority, a hash of the address; so it is as deep as a tree that
// was filled in random order, whatever the order in which the base gives chunks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../sizes.hpp"

namespace poolproof {

// Lies at the start of its chunk. Segments lie in [begin, end).
struct TreeChunk {
  TreeChunk* left;
  TreeChunk* right;
  TreeChunk* before;  // the chunk that was inserted before this one
  std::byte* begin;
  std::byte* end;
};

class ChunkTree {
 public:
  // The chunk with the segment that the byte lies in; null if there is none.
  TreeChunk* find(const void* byte) const noexcept {
    for (TreeChunk* chunk = root_; chunk != nullptr;) {
      if (address(byte) - address(chunk->begin) < address(chunk->end) - address(chunk->begin))
          [[likely]]
        return chunk;
      chunk = address(byte) < address(chunk) ? chunk->left : chunk->right;
    }
    return nullptr;
  }

  // The newest chunk, from which `before` leads to all others.
  TreeChunk* newest() const noexcept { return newest_; }

  void insert(TreeChunk* fresh) noexcept {
    fresh->before = newest_;
    newest_ = fresh;
    TreeChunk** place = &root_;
    while (*place != nullptr && priority(*place) >= priority(fresh)) {
      place = address(fresh) < address(*place) ? &(*place)->left : &(*place)->right;
    }
    split(*place, fresh);
    *place = fresh;
  }
  // Takes out each chunk that is_dead, and then lets dispose have it.
  template <class IsDead, class Dispose>
  void remove_if(IsDead is_dead, Dispose dispose) noexcept {
    for (TreeChunk** place = &newest_; *place != nullptr;) {
      TreeChunk* const chunk = *place;
      if (!is_dead(chunk)) {
        place = &chunk->before;
        continue;
      }
      *place = chunk->before;
      unhang(chunk);
      dispose(chunk);
    }
  }
  void clear() noexcept { root_ = newest_ = nullptr; }

 private:
  static std::uint64_t priority(const TreeChunk* chunk) noexcept {
    const std::uint64_t mixed = address(chunk) * 0xBF58'476D'1CE4'E5B9;
    return (mixed ^ mixed >> 29) * 0x94D0'49BB'1331'11EB;
  }
  // Hangs what was a tree below fresh: smaller addresses left, larger ones right.
  static void split(TreeChunk* tree, TreeChunk* fresh) noexcept {
    TreeChunk** left = &fresh->left;
    TreeChunk** right = &fresh->right;
    while (tree != nullptr) {
      TreeChunk**& side = address(tree) < address(fresh) ? left : right;
      *side = tree;
      side = &side == &left ? &tree->right : &tree->left;
      tree = *side;
    }
    *left = *right = nullptr;
  }

  void unhang(const TreeChunk* chunk) noexcept {
    TreeChunk** place = &root_;
    while (*place != chunk) {
      place = address(chunk) < address(*place) ? &(*place)->left : &(*place)->right;
    }
    TreeChunk* left = chunk->left;
    TreeChunk* right = chunk->right;
    while (left != nullptr && right != nullptr) {
      TreeChunk*& upper = priority(left) >= priority(right) ? left : right;
      TreeChunk*& inner = &upper == &left ? upper->right : upper->left;
      *place = upper;
      place = &inner;
      upper = inner;
    }
    *place = left != nullptr ? left : right;
  }

  TreeChunk* root_ = nullptr;
  TreeChunk* newest_ = nullptr;
};

}  // namespace poolproof
