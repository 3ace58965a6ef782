// What libstdc++ has compiled in its library for std::list, the trees of std::map and std::set, and
// the memory resources that lock nothing. It is compiled here as the program is: the compiler calls
// us for each access.
#include <list>
#include <map>
#include <memory_resource>
#include <utility>

#include "entry.hpp"

extern "C" void __tsan_write8(void* at);

namespace {

using Node = std::_Rb_tree_node_base;

Node*& child(Node* node, bool right) noexcept { return right ? node->_M_right : node->_M_left; }
bool is_red(const Node* node) noexcept { return node != nullptr && node->_M_color == std::_S_red; }
// Below header, whose parent is the root, other stands where node stood.
void replace(Node* node, Node* other, Node& header) noexcept {
  Node* const parent = node->_M_parent;
  if (header._M_parent == node) {
    header._M_parent = other;
  } else {
    child(parent, parent->_M_right == node) = other;
  }
  if (other != nullptr) other->_M_parent = parent;
}
// node goes down to that side, and its child from the other side comes up.
void rotate(Node* node, bool right, Node& header) noexcept {
  Node* const up = child(node, !right);
  Node* const between = child(up, right);
  replace(node, up, header);
  child(node, !right) = between;
  if (between != nullptr) between->_M_parent = node;
  child(up, right) = node;
  node->_M_parent = up;
}
Node* outermost(Node* node, bool right) noexcept {
  while (child(node, right) != nullptr) node = child(node, right);
  return node;
}

// The next node to that side. That of the last is the header, and that of the header the last.
Node* neighbour(Node* node, bool right) noexcept {
  if (!right && node->_M_color == std::_S_red && node->_M_parent->_M_parent == node) {
    return node->_M_right;
  }
  if (child(node, right) != nullptr) return outermost(child(node, right), !right);
  Node* up = node->_M_parent;
  while (node == child(up, right)) node = std::exchange(up, up->_M_parent);
  // The root's parent is the header, and the header's the root: with one node both are reached.
  return right && node->_M_right == up ? node : up;
}

// node is red, and so may be its parent.
void balance_after_insert(Node* node, Node& header) noexcept {
  while (node != header._M_parent && is_red(node->_M_parent)) {
    Node* const parent = node->_M_parent;
    Node* const above = parent->_M_parent;
    const bool right = parent == above->_M_right;
    Node* const uncle = child(above, !right);
    above->_M_color = std::_S_red;
    if (is_red(uncle)) {
      parent->_M_color = uncle->_M_color = std::_S_black;
      node = above;
      continue;
    }
    Node* top = parent;
    if (node == child(parent, !right)) {
      rotate(parent, right, header);
      top = node;
    }
    top->_M_color = std::_S_black;
    rotate(above, !right, header);
    break;
  }
  header._M_parent->_M_color = std::_S_black;
}

// Below parent, on that side, one black node is missing on each path.
void balance_after_erase(Node* parent, bool right, Node& header) noexcept {
  for (;;) {
    Node* const here = child(parent, right);
    if (is_red(here)) {
      here->_M_color = std::_S_black;
      return;
    }
    Node* other = child(parent, !right);
    if (is_red(other)) {
      other->_M_color = std::_S_black;
      parent->_M_color = std::_S_red;
      rotate(parent, right, header);
      other = child(parent, !right);
    }
    if (is_red(other->_M_left) || is_red(other->_M_right)) {
      if (!is_red(child(other, !right))) {
        rotate(other, !right, header);
        other = other->_M_parent;
      }
      other->_M_color = parent->_M_color;
      parent->_M_color = child(other, !right)->_M_color = std::_S_black;
      rotate(parent, right, header);
      return;
    }
    other->_M_color = std::_S_red;
    if (parent == header._M_parent) {
      parent->_M_color = std::_S_black;
      return;
    }
    right = parent == parent->_M_parent->_M_right;
    parent = parent->_M_parent;
  }
}

// Takes out a node with one child at most.
void take_out(Node* node, Node& header) noexcept {
  Node* const below = node->_M_left != nullptr ? node->_M_left : node->_M_right;
  Node* const parent = node->_M_parent;
  const bool was_root = header._M_parent == node;
  const bool right = !was_root && parent->_M_right == node;
  replace(node, below, header);
  if (node->_M_color == std::_S_red) return;
  if (!was_root) return balance_after_erase(parent, right, header);
  if (below != nullptr) below->_M_color = std::_S_black;
}

// Both in a tree: each stands where the other stood. low lies below high.
void change_places(Node* high, Node* low, Node& header) noexcept {
  Node* const parent = low->_M_parent;
  Node* const below = low->_M_right;  // low has no left child
  const bool is_child = parent == high;
  std::swap(high->_M_color, low->_M_color);
  replace(high, low, header);
  low->_M_left = std::exchange(high->_M_left, nullptr);
  low->_M_left->_M_parent = low;
  low->_M_right = is_child ? high : high->_M_right;
  low->_M_right->_M_parent = low;
  if (!is_child) {
    parent->_M_left = high;
    high->_M_parent = parent;
  }
  high->_M_right = below;
  if (below != nullptr) below->_M_parent = high;
}

// Stands for all that the resource keeps: its last word, which points to its pools. No code of the
// program accesses that.
void changes(std::pmr::unsynchronized_pool_resource* resource) {
  __tsan_write8(reinterpret_cast<char*>(resource + 1) - sizeof(void*));
}

}  // namespace

namespace std {

void _Rb_tree_insert_and_rebalance(bool left, Node* node, Node* parent, Node& header) throw() {
  node->_M_parent = parent;
  node->_M_left = node->_M_right = nullptr;
  node->_M_color = _S_red;
  if (parent == &header) {
    header._M_parent = header._M_left = header._M_right = node;
  } else {
    child(parent, !left) = node;
    Node*& last = child(&header, !left);
    if (last == parent) last = node;
  }
  balance_after_insert(node, header);
}

Node* _Rb_tree_rebalance_for_erase(Node* node, Node& header) throw() {
  if (header._M_left == node || header._M_right == node) {
    Node* const before = header._M_left == node ? nullptr : neighbour(node, false);
    if (header._M_left == node) header._M_left = neighbour(node, true);
    if (header._M_right == node) header._M_right = before != nullptr ? before : &header;
  }
  if (node->_M_left != nullptr && node->_M_right != nullptr) {
    change_places(node, outermost(node->_M_right, false), header);
  }
  take_out(node, header);
  return node;
}

Node* _Rb_tree_increment(Node* node) throw() { return neighbour(node, true); }
const Node* _Rb_tree_increment(const Node* node) throw() {
  return neighbour(const_cast<Node*>(node), true);
}
Node* _Rb_tree_decrement(Node* node) throw() { return neighbour(node, false); }
const Node* _Rb_tree_decrement(const Node* node) throw() {
  return neighbour(const_cast<Node*>(node), false);
}

namespace __detail {

void _List_node_base::_M_hook(_List_node_base* const behind) noexcept {
  _M_next = behind;
  _M_prev = behind->_M_prev;
  _M_prev->_M_next = this;
  behind->_M_prev = this;
}
void _List_node_base::_M_unhook() noexcept {
  _M_next->_M_prev = _M_prev;
  _M_prev->_M_next = _M_next;
}
// Those from first on, without last, come before this.
void _List_node_base::_M_transfer(_List_node_base* const first,
                                  _List_node_base* const last) noexcept {
  if (this == last) return;
  _List_node_base* const final = last->_M_prev;
  first->_M_prev->_M_next = last;
  last->_M_prev = first->_M_prev;
  first->_M_prev = _M_prev;
  _M_prev->_M_next = first;
  final->_M_next = this;
  _M_prev = final;
}
void _List_node_base::_M_reverse() noexcept {
  _List_node_base* node = this;
  do {
    std::swap(node->_M_next, node->_M_prev);
    node = node->_M_prev;
  } while (node != this);
}
void _List_node_base::swap(_List_node_base& one, _List_node_base& other) noexcept {
  const bool one_is_empty = one._M_next == &one;
  const bool other_is_empty = other._M_next == &other;
  std::swap(one._M_next, other._M_next);
  std::swap(one._M_prev, other._M_prev);
  const auto settle = [](_List_node_base& head, bool is_empty) {
    if (is_empty) {
      head._M_next = head._M_prev = &head;
    } else {
      head._M_next->_M_prev = head._M_prev->_M_next = &head;
    }
  };
  settle(one, other_is_empty);
  settle(other, one_is_empty);
}

}  // namespace __detail

namespace pmr {

// The compiler puts the table of virtual functions where this one is defined, and with it the
// functions that the header defines; otherwise they were libstdc++'s own.
monotonic_buffer_resource::~monotonic_buffer_resource() { release(); }

// How the library keeps its pools is its own; each call changes them.
void* unsynchronized_pool_resource::do_allocate(size_t bytes, size_t alignment) {
  changes(this);
  static auto* const real = poolproof::system_function<void*(void*, size_t, size_t)>(
      "_ZNSt3pmr28unsynchronized_pool_resource11do_allocateEmm");
  return real(this, bytes, alignment);
}
void unsynchronized_pool_resource::do_deallocate(void* memory, size_t bytes, size_t alignment) {
  changes(this);
  static auto* const real = poolproof::system_function<void(void*, void*, size_t, size_t)>(
      "_ZNSt3pmr28unsynchronized_pool_resource13do_deallocateEPvmm");
  real(this, memory, bytes, alignment);
}

}  // namespace pmr
}  // namespace std
