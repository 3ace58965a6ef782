// Files of every kind that a user may name.
#include "input_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace poolproof {
namespace {

namespace fs = std::filesystem;

class Input : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "input_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    home_ = pattern;
  }
  void TearDown() override { fs::remove_all(home_); }

  std::string at(const std::string& name) const { return (home_ / name).string(); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(home_), {}));
  }
  static std::string why_not(const std::function<void()>& use) {
    try {
      use();
    } catch (const InputError& error) {
      return error.what();
    }
    return "it was taken";
  }

  fs::path home_;
};

TEST_F(Input, IsARegularFile) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  fs::create_symlink("fifo", at("link"));
  for (const std::string& path : {at("fifo"), at("link"), std::string("/dev/zero")}) {
    EXPECT_EQ(why_not([&] { read_input(path); }), "a regular file is wanted");
    EXPECT_EQ(why_not([&] { LockedFile file(path); }), "a regular file is wanted");
  }
  EXPECT_EQ(why_not([&] { read_input(home_); }), "a regular file is wanted");
  EXPECT_EQ(why_not([&] { LockedFile file(home_); }), "Is a directory");
  EXPECT_EQ(why_not([&] { read_input(at("nothing")); }), "No such file or directory");
}

TEST_F(Input, HasABoundedSize) {
  std::ofstream(at("file")) << std::string((1 << 20) + 1, 'x');
  EXPECT_EQ(why_not([&] { read_input(at("file"), 1 << 20); }), "it is larger than 1 MiB");
  EXPECT_EQ(read_input(at("file")).size(), (1U << 20) + 1);
}

TEST_F(Input, HasABoundedDepth) {
  EXPECT_EQ(parse_input("{\"a\": [1, \"[[[[\\\"[[\"]}").at("a").size(), 2U);
  EXPECT_EQ(why_not([] { parse_input("{"); }), "it is no JSON");
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_EQ(why_not([&] { parse_input(deep); }),
            "more than 64 arrays and objects lie within each other");
}

TEST_F(Input, IsReplacedWhole) {
  LockedFile file(at("file"));
  EXPECT_EQ(file.text(), "");
  file.replace("first");
  file.replace("second");
  EXPECT_EQ(read_input(at("file")), "second");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Input, HasOneUserAtATime) {
  const auto use = [this] { LockedFile file(at("file")); };
  {
    LockedFile file(at("file"));
    EXPECT_EQ(why_not(use), "another process uses it at this time");
    file.replace("text");
    EXPECT_EQ(why_not(use), "another process uses it at this time");
  }
  EXPECT_EQ(why_not(use), "it was taken");
}

TEST_F(Input, IsWrittenThroughALink) {
  fs::create_symlink("target", at("link"));
  std::ofstream(at("link.part")) << "mine";
  {
    LockedFile file(at("link"));
    file.replace("text");
    EXPECT_NE(why_not([this] { LockedFile other(at("target")); }), "it was taken");
  }
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(read_input(at("target")), "text");
  EXPECT_EQ(read_input(at("link.part")), "mine");
  EXPECT_EQ(entries(), 3U);
}

TEST_F(Input, KeepsItsPermissions) {
  std::ofstream(at("file")) << "";
  fs::permissions(at("file"), fs::perms(0640));
  LockedFile(at("file")).replace("text");
  EXPECT_EQ(fs::status(at("file")).permissions(), fs::perms(0640));
}

}  // namespace
}  // namespace poolproof
