// Lines of the sources that this program was compiled from, where they are still there.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace poolproof {

class SourceLines {
 public:
  // built: when the program was; by default, when its file was written.
  SourceLines();
  explicit SourceLines(std::filesystem::file_time_type built) : built_(built) {}

  // The line at number, from 1, without the spaces around it. Empty if there is none, or if the
  // file is younger than the program: it is no longer what was compiled. Reads each file once.
  std::string line(const std::string& path, unsigned number);
  // The path from the root of the repository that holds the file: the nearest folder above it that
  // has a .git. Empty if there is none.
  const std::string& in_repository(const std::string& path);

 private:
  const std::vector<std::string>& lines(const std::string& path);

  std::filesystem::file_time_type built_;
  std::map<std::string, std::vector<std::string>> files_;
  std::map<std::string, std::string> in_repository_;
};

}  // namespace poolproof
