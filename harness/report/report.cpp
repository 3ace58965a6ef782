#include "report.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "harness/base/exit_status.hpp"
#include "harness/base/input_file.hpp"
#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"
#include "report_files.hpp"
#include "schema.hpp"

namespace poolproof {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* results_file = "report.json";
constexpr const char* list_file = "report.files";
constexpr const char* list_title = "the files of a report of poolproof, and their hashes";
constexpr const char* always_there[] = {results_file, "report.schema.json", "junit.xml",
                                        "report.sarif", "index.html"};

// Folders of reports that are being made are named so, with a part by chance at the end.
constexpr std::string_view part_mark = ".poolproof-report.";

bool is_a_part(const std::string& name) { return name.starts_with(part_mark); }

// Throws InputError, which names the file.
Json read_report(const fs::path& folder) {
  try {
    return parse_input(read_input((folder / results_file).string()));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", results_file, error.what()));
  }
}

// The name of a trace, by the number of the failed run; not every failure has one.
std::map<std::string, std::string> traces_of(const Json& report) {
  std::map<std::string, std::string> traces;
  std::size_t number = 0;
  for (const Json& run : report.value("runs", Json::array())) {
    if (!run.value("failure", Json()).is_object()) continue;
    ++number;
    std::string trace = perfetto_trace(run);
    if (!trace.empty()) traces[fmt::format("trace-{}.perfetto.json", number)] = std::move(trace);
  }
  return traces;
}

// What may lie in a folder by the hand of an earlier report: names, each with the hashes that the
// file may have. None: whatever it holds.
using Owned = std::multimap<std::string, std::string>;

std::string hash_of(std::string_view text) { return fmt::format("{:016x}", hash_text(text)); }

std::string list_text(const Owned& owned) {
  std::string text = fmt::format("{}\n", list_title);
  for (const auto& [name, hash] : owned) text += fmt::format("{} {}\n", hash, name);
  return text;
}

// By its list, or, for a report from before there were lists, by what its report.json says.
Owned owned_in(const fs::path& folder) {
  Owned owned;
  try {
    std::istringstream list(read_input((folder / list_file).string(), 1 << 20));
    std::string line;
    if (!std::getline(list, line) || line != list_title) return {};
    while (std::getline(list, line)) {
      const std::size_t space = line.find(' ');
      if (space != std::string::npos) owned.emplace(line.substr(space + 1), line.substr(0, space));
    }
    return owned;
  } catch (const InputError&) {  // there is no list
  }
  try {
    const Json report = read_report(folder);
    if (!report.is_object() || !report.contains("poolproof")) return {};
    for (const char* name : always_there) owned.emplace(name, "");
    for (const auto& [name, text] : traces_of(report)) owned.emplace(name, hash_of(text));
  } catch (const std::exception&) {  // there is no report
  }
  return owned;
}

bool is_owned(const Owned& owned, const fs::directory_entry& entry) {
  const std::string name = entry.path().filename();
  if (!entry.is_regular_file() || entry.is_symlink()) return false;
  if (name == list_file) return !owned.empty();
  const auto [first, last] = owned.equal_range(name);
  if (first == last) return false;
  // Nobody else has a reason to have these beside a report.
  if (std::find(std::begin(always_there), std::end(always_there), name) != std::end(always_there)) {
    return true;
  }
  const std::string hash = hash_of(read_input(entry.path().string()));
  return std::any_of(first, last, [&](const auto& one) { return one.second == hash; });
}

// What lies in the folder and is not of a report. Empty: nothing does.
std::string other_contents(const fs::path& folder) {
  const Owned owned = owned_in(folder);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().filename();
    if (!is_a_part(name) && !is_owned(owned, entry)) return name;
  }
  return {};
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw std::runtime_error(fmt::format("the report: {} cannot be written", path.string()));
}

// Returns -1 if a process that lives has it.
int lock_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

// Removes the parts that processes have left there that were killed.
void remove_old_parts(const fs::path& folder, const std::string& mark) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(mark) || name.size() != mark.size() + 6) continue;
    const int fd = lock_folder(entry.path());
    if (fd < 0) continue;
    fs::remove_all(entry.path(), error);
    close(fd);
  }
}

[[noreturn]] void refuse_path(const std::string& path, int error) {
  throw UsageError(fmt::format("--report '{}': a folder that can be written is wanted: {}", path,
                               std::strerror(error)));
}

}  // namespace

std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

const char* version() noexcept { return POOLPROOF_VERSION; }

ReportFolder::ReportFolder(const std::string& path) {
  if (path.empty()) return;
  std::error_code error;
  fs::path whole = fs::absolute(path, error).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();  // DIR/
  if (whole.filename().empty()) refuse_path(path, EEXIST);
  const fs::file_status status = fs::symlink_status(whole, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) refuse_path(path, ENOTDIR);
    std::string other;
    try {
      other = other_contents(whole);
    } catch (const fs::filesystem_error& unreadable) {
      refuse_path(path, unreadable.code().value());
    }
    if (!other.empty()) {
      throw UsageError(
          fmt::format("--report '{}': '{}' lies there, and is not of a report; a new folder, an "
                      "empty one or a report is wanted",
                      path, other));
    }
  }
  path_ = whole;
  try {
    make_part();
  } catch (const std::system_error& unwritable) {
    refuse_path(path, unwritable.code().value());
  }
}

// Within the folder if it is there, as that may be another file system; else beside it.
void ReportFolder::make_part() {
  const bool within = fs::exists(path_);
  const fs::path parent = within ? path_ : path_.parent_path();
  const std::string mark =
      within ? std::string(part_mark) : fmt::format(".{}{}", path_.filename().string(), part_mark);
  remove_old_parts(parent, mark);
  while (lock_ < 0) {
    std::string part = (parent / (mark + "XXXXXX")).string();
    if (mkdtemp(part.data()) == nullptr) throw std::system_error(errno, std::generic_category());
    part_ = part;
    lock_ = lock_folder(part_);  // else another process has taken it for an old one
  }
  fs::permissions(part_, fs::perms(0755));
}

ReportFolder::~ReportFolder() {
  std::error_code error;
  if (!part_.empty()) fs::remove_all(part_, error);
  if (lock_ >= 0) close(lock_);
}

void ReportFolder::write(const Json& results) {
  if (path_.empty()) return;
  Json report = {{"poolproof", version()}};
  report.update(results);
  std::map<std::string, std::string> files = traces_of(report);
  files[results_file] = json_text(report);
  files["report.schema.json"] = report_schema_json;
  files["junit.xml"] = report_junit(report);
  files["report.sarif"] = report_sarif(report);
  files["index.html"] = report_page(report);
  Owned owned;
  for (const auto& [name, text] : files) {
    write_file(part_ / name, text);
    owned.emplace(name, hash_of(text));
  }
  write_file(part_ / list_file, list_text(owned));
  try {
    take_place();
  } catch (const std::exception& error) {
    fs::path kept = std::exchange(part_, {});
    const fs::path beside =
        path_.string() + ".kept" + kept.string().substr(kept.string().rfind('.'));
    std::error_code none;
    fs::rename(kept, beside, none);
    throw std::runtime_error(
        fmt::format("the report is in {}, as it cannot take the place of {}: {}",
                    (none ? kept : beside).string(), path_.string(), error.what()));
  }
}

void ReportFolder::take_place() {
  if (renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) return;
  if (!fs::is_directory(fs::symlink_status(path_))) return fs::rename(part_, path_);
  if (const std::string other = other_contents(path_); !other.empty()) {
    throw std::runtime_error(fmt::format("'{}' lies there by now", other));
  }
  replace_files();
}

// The folder itself stays: a shell may be in it, and a link or a mount may lead to it. At any time
// the list there names all that is ours.
void ReportFolder::replace_files() {
  const Owned old = owned_in(path_);
  const Owned now = owned_in(part_);
  Owned both = old;
  both.insert(now.begin(), now.end());
  const fs::path both_file = part_ / "both";
  write_file(both_file, list_text(both));
  fs::rename(both_file, path_ / list_file);
  for (const auto& [name, hash] : now) fs::rename(part_ / name, path_ / name);
  for (const auto& [name, hash] : old) {
    if (!now.contains(name)) fs::remove(path_ / name);
  }
  fs::rename(part_ / list_file, path_ / list_file);
}

Json merged_reports(const std::vector<std::string>& folders) {
  Json all = {{"seed", nullptr},          {"runs", Json::array()},  {"audits", Json::array()},
              {"mutants", Json::array()}, {"notes", Json::array()}, {"interrupted", false}};
  for (const std::string& folder : folders) {
    Json one;
    try {
      one = read_report(folder);
      if (const std::string fault = report_fault(one); !fault.empty()) {
        throw InputError(fmt::format("{}: {}", results_file, fault));
      }
    } catch (const InputError& error) {
      throw UsageError(fmt::format("DIR '{}': a folder that --report has written is wanted; {}",
                                   folder, error.what()));
    }
    for (const char* list : {"runs", "audits", "mutants", "notes"}) {
      const Json entries = one.value(list, Json::array());
      all[list].insert(all[list].end(), entries.begin(), entries.end());
    }
    if (one.value("interrupted", false)) all["interrupted"] = true;
  }
  return all;
}

int finish_report(ReportFolder& folder, const Json& results, int status) {
  std::fflush(stdout);  // what was printed stays, whatever happens now
  const char* within = std::getenv("GITHUB_ACTIONS");
  if (within != nullptr && std::string_view(within) == "true") {
    print_error(github_annotations(results));
  }
  try {
    folder.write(results);
  } catch (const std::exception& error) {
    print_error(fmt::format("{}: {}\n", program_name(), one_line(error.what())));
    if (status == all_pass) return some_unknown;
  }
  return status;
}

}  // namespace poolproof
