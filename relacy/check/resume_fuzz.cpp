// Files for --resume, as a damaged disk may leave them: they are refused, or states can be had of
// them. The first @ of the input stands for this program's hash.
// Fuzz sources: relacy/check/resume_file.cpp harness/check/model_check.cpp harness/base/text.cpp
// Fuzz sources: harness/base/input_file.cpp
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/base/fuzz.hpp"
#include "harness/base/usage_error.hpp"
#include "resume_file.hpp"

namespace {

const std::string& path() {
  static const std::string name =
      (std::filesystem::temp_directory_path() / ("resume_fuzz." + std::to_string(getpid())))
          .string();
  return name;
}

// This program's hash, as a new file has it.
std::string program_hash() {
  std::filesystem::remove(path());
  const poolproof::ResumeFile file(path(), {});
  return nlohmann::json::parse(std::ifstream(path()))["program"];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string hash = program_hash();
  std::string text(fuzz_text(data, size));
  if (const std::size_t at = text.find('@'); at != std::string::npos) text.replace(at, 1, hash);
  std::ofstream(path(), std::ios::binary) << text;
  try {
    poolproof::CheckConfig config;
    config.allocator = "locked";
    config.scenario = "random";
    poolproof::ResumeFile file(path(), {config});
    file.states(config);
    file.put(config, {"1 2 3 "});
    fuzz_expect(file.states(config).front() == "1 2 3 ", "a state is there that was put");
  } catch (const poolproof::UsageError&) {  // it is refused
  }
  std::filesystem::remove(path());
  return 0;
}
