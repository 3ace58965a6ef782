#include "decoder.hpp"

namespace poolproof {

std::string fields_text(const Fields& fields) {
  if (!fields.empty() && fields[0].value == "none" &&
      (fields.size() == 1 || fields[1].name.empty())) {
    return fields.size() == 1 || fields[1].value.empty() ? "none" : "none, " + fields[1].value;
  }
  std::string text;
  for (const Field& field : fields) {
    if (field.value.empty()) continue;
    if (!text.empty()) text += ", ";
    text += field.name.empty() ? field.value : field.name + ' ' + field.value;
  }
  return text;
}

}  // namespace poolproof
