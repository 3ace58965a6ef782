// Lists and trees stay what they are where our library has the library's part of them: this program
// ends with status 0 by itself.
#undef NDEBUG
#include <algorithm>
#include <cassert>
#include <list>
#include <random>
#include <set>
#include <vector>

using Node = std::_Rb_tree_node_base;

// Black nodes on each path down.
static int depth(const Node* node) {
  if (node == nullptr) return 0;
  const bool is_red = node->_M_color == std::_S_red;
  for (const Node* below : {node->_M_left, node->_M_right}) {
    assert(below == nullptr || below->_M_parent == node);
    assert(below == nullptr || !is_red || below->_M_color == std::_S_black);
  }
  const int left = depth(node->_M_left);
  assert(left == depth(node->_M_right));
  return left + (is_red ? 0 : 1);
}

template <class One, class Other>
static void expect_same(const One& one, const Other& other) {
  assert(std::equal(one.begin(), one.end(), other.begin(), other.end()));
  assert(std::equal(one.rbegin(), one.rend(), other.rbegin(), other.rend()));
}

static void use_a_set(std::mt19937& random) {
  std::set<int> set;
  std::vector<int> kept;
  for (int i = 0; i != 300; ++i) {
    const int key = static_cast<int>(random() % 60);
    const auto at = std::lower_bound(kept.begin(), kept.end(), key);
    const bool is_in = at != kept.end() && *at == key;
    if (random() % 2 == 0) {
      set.insert(key);
      if (!is_in) kept.insert(at, key);
    } else {
      set.erase(key);
      if (is_in) kept.erase(at);
    }
    expect_same(set, kept);
    const Node* const header = set.end()._M_node;
    assert(header->_M_parent == nullptr || header->_M_parent->_M_parent == header);
    depth(header->_M_parent);
  }
}

static void use_lists(std::mt19937& random) {
  std::vector<int> kept[2];
  for (auto& one : kept) one.resize(random() % 5);
  for (auto& one : kept) std::generate(one.begin(), one.end(), std::ref(random));
  std::list<int> one(kept[0].begin(), kept[0].end()), other(kept[1].begin(), kept[1].end());
  one.reverse();
  std::reverse(kept[0].begin(), kept[0].end());
  one.swap(other);
  expect_same(one, kept[1]);
  expect_same(other, kept[0]);
  one.splice(one.begin(), other);
  kept[0].insert(kept[0].end(), kept[1].begin(), kept[1].end());
  expect_same(one, kept[0]);
  one.sort();
  std::sort(kept[0].begin(), kept[0].end());
  expect_same(one, kept[0]);
}

int main() {
  std::mt19937 random(1);
  for (int i = 0; i != 100; ++i) use_a_set(random);
  for (int i = 0; i != 300; ++i) use_lists(random);
}
