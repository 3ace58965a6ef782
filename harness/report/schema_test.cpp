// What is said of JSON that is not as a schema wants it.
#include "schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace poolproof {
namespace {

using Json = nlohmann::ordered_json;

std::string fault(const char* value, const char* schema) {
  return schema_fault(Json::parse(value), Json::parse(schema));
}

struct Case {
  const char* schema;
  const char* value;
  const char* fault;
};
class SchemaWord : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    All, SchemaWord,
    testing::Values(
        Case{R"({"type": "integer"})", "1", ""}, Case{R"({"type": "integer"})", "1.0", ""},
        Case{R"({"type": "integer"})", "1.5", "integer is wanted, not 1.5"},
        Case{R"({"type": ["number", "null"]})", "true", "number or null is wanted, not true"},
        Case{R"({"enum": ["a", "b"]})", "\"c\"", "one of a, b is wanted, not \"c\""},
        Case{R"({"const": 1})", "2", "1 is wanted, not 2"},
        Case{R"({"minimum": 0})", "-1", "at least 0 is wanted, not -1"},
        Case{R"({"maximum": 18446744073709551615})", "18446744073709551615", ""},
        Case{R"({"maximum": 1})", "2", "at most 1 is wanted, not 2"},
        Case{R"({"minLength": 1})", "\"\"", "it is empty"},
        Case{R"({"pattern": "^a+$"})", "\"ab\"", "a text like ^a+$ is wanted, not \"ab\""},
        Case{R"({"required": ["a"]})", "{}", "a: it is missing"},
        Case{R"({"properties": {"a": {"type": "null"}}})", R"({"a": 1})",
             "a: null is wanted, not 1"},
        Case{R"({"properties": {}, "additionalProperties": false})", R"({"a": 1})",
             "a: there is no such field"},
        Case{R"({"items": {"type": "null"}})", "[null, 2]", "1: null is wanted, not 2"},
        Case{R"({"dependentRequired": {"a": ["b"]}})", R"({"a": 1})", "b: it is missing"},
        Case{R"({"allOf": [{"minimum": 0}, {"maximum": 1}]})", "2", "at most 1 is wanted, not 2"},
        Case{R"({"anyOf": [{"type": "null"}, {"type": "array"}]})", "[]", ""},
        Case{R"({"oneOf": [{"type": "null"}, {"items": {"type": "null"}}]})", "[1]",
             "0: null is wanted, not 1"},
        Case{R"({"$ref": "#/$defs/x", "$defs": {"x": {"type": "null"}}})", "1",
             "null is wanted, not 1"}));

TEST_P(SchemaWord, SaysWhatIsWrongAndWhere) {
  const Case& one = GetParam();
  EXPECT_EQ(fault(one.value, one.schema), one.fault) << one.schema;
}

TEST(Schema, SaysSoOfAWordThatItDoesNotKnow) {
  EXPECT_THROW(fault("1", R"({"multipleOf": 2})"), std::logic_error);
}

TEST(Schema, AsksOneBranchOfACondition) {
  const char* schema =
      R"({"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]},
          "else": {"required": ["c"]}})";
  EXPECT_EQ(fault(R"({"a": 1})", schema), "b: it is missing");
  EXPECT_EQ(fault(R"({"a": 2})", schema), "c: it is missing");
  EXPECT_EQ(fault(R"({"a": 2, "c": 1})", schema), "");
}

}  // namespace
}  // namespace poolproof
