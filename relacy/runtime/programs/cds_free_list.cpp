// libcds' free lists as they are: FreeList, and with TAGGED TaggedFreeList. Each node has one
// owner, who writes it as plain memory.
#ifdef TAGGED
#include <cds/intrusive/free_list_tagged.h>
using List = cds::intrusive::TaggedFreeList;
#else
#include <cds/intrusive/free_list.h>
using List = cds::intrusive::FreeList;
#endif

#include <cassert>
#include <thread>

namespace {

struct Node : List::node {
  int owners = 0;
};

List list;
Node nodes[2];

void take_and_put() {
  for (int i = 0; i != 2; ++i) {
    auto* const node = static_cast<Node*>(list.get());
    if (node == nullptr) continue;
    assert(++node->owners == 1);
    --node->owners;
    list.put(node);
  }
}

}  // namespace

int main() {
  for (Node& node : nodes) list.put(&node);
  std::thread other(take_and_put);
  take_and_put();
  other.join();
  int left = 0;
  while (list.get() != nullptr) ++left;
  assert(left == 2);
}
