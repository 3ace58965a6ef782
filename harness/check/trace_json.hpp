// The trace of a CheckFailure, as JSON. Apart from its header, which users' programs include and
// which therefore needs no JSON library.
#pragma once

#include <nlohmann/json.hpp>

namespace poolproof {

struct TraceJson {
  nlohmann::ordered_json events;  // an array
};

}  // namespace poolproof
