#include "source_lines.hpp"

#include <fstream>
#include <system_error>

namespace poolproof {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest = 400;  // characters of a line

std::string trimmed(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first).substr(0, longest);
}

std::string path_in_repository(const std::string& path) {
  std::error_code error;
  const fs::path file = fs::canonical(path, error);
  if (error) return {};
  for (fs::path folder = file.parent_path();; folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error)) return file.lexically_relative(folder).string();
    if (folder == folder.parent_path()) return {};
  }
}

}  // namespace

SourceLines::SourceLines() {
  std::error_code error;
  built_ = fs::last_write_time("/proc/self/exe", error);
}

const std::vector<std::string>& SourceLines::lines(const std::string& path) {
  const auto [found, added] = files_.try_emplace(path);
  if (!added) return found->second;
  std::error_code error;
  const bool read = fs::is_regular_file(path, error) && fs::last_write_time(path, error) <= built_;
  if (!read || error) return found->second;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) found->second.push_back(trimmed(line));
  return found->second;
}

std::string SourceLines::line(const std::string& path, unsigned number) {
  if (path.empty() || number == 0) return {};
  const std::vector<std::string>& all = lines(path);
  return number <= all.size() ? all[number - 1] : std::string();
}

const std::string& SourceLines::in_repository(const std::string& path) {
  const auto [found, added] = in_repository_.try_emplace(path);
  if (added && !path.empty()) found->second = path_in_repository(path);
  return found->second;
}

}  // namespace poolproof
