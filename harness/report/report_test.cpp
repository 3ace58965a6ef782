// Reports: the folder, and what is in it.
#include "report.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/base/exit_status.hpp"
#include "harness/base/usage_error.hpp"

namespace poolproof {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

class Report : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "report_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    home_ = pattern;
  }
  void TearDown() override { fs::remove_all(home_); }

  std::string in_home(const std::string& name) const { return (home_ / name).string(); }
  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(home_), {}));
  }
  void expect_refused(const std::string& path, const std::string& words) {
    try {
      ReportFolder folder(path);
      ADD_FAILURE() << path << " was taken";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  }

  fs::path home_;
};

Json step(unsigned number, unsigned actor, const std::string& operation) {
  return {{"event", number},   {"actor", actor}, {"operation", operation}, {"stale", false},
          {"spurious", false}, {"aba", false},   {"race", false}};
}

// A run with every field that it has.
Json run(const std::string& verdict, const std::string& message = "") {
  Json one = {{"allocator", "lockless"},
              {"scenario", "churn"},
              {"engine", "check"},
              {"verdict", verdict},
              {"seed", 1},
              {"actors", 3},
              {"blocks", 3},
              {"rounds", 3},
              {"search", "auto"},
              {"progress", false},
              {"jobs", 1},
              {"shard", "1/1"},
              {"executions", 15},
              {"earlier", 0},
              {"seconds", 1.5},
              {"executions_per_second", 10.0},
              {"exhausted", false},
              {"share", nullptr},
              {"searched", Json::array()},
              {"end_states", nullptr},
              {"aba_windows", 0},
              {"recycles", 0},
              {"claims", 0},
              {"grows", 0},
              {"stopped", 0},
              {"reason", nullptr},
              {"failure", nullptr}};
  if (verdict == "UNKNOWN") {
    one["reason"] = message;
    one["next"] = "poolproof check -b 40s";
  }
  if (verdict == "FAIL") {
    Json load = step(1, 1, "load");
    load["variable"] = "head";
    Json fail = step(2, 0, "fail");
    fail["text"] = message;
    one["failure"] = {{"oracle", "race"},      {"message", message},
                      {"story", nullptr},      {"executions", 15},
                      {"search", "random"},    {"seconds_to_failure", 1.0},
                      {"shrink_seconds", 0.5}, {"actors", 2},
                      {"blocks", 1},           {"rounds", 1},
                      {"preemptions", 1},      {"events", 2},
                      {"token", "pp1:x"},      {"replay", "poolproof replay pp1:x"},
                      {"trace", {load, fail}}};
  }
  return one;
}
Json results(std::initializer_list<Json> runs) {
  return {{"poolproof", "0.1.0"},
          {"seed", 7},
          {"runs", runs},
          {"notes", Json::array()},
          {"interrupted", false}};
}

TEST_F(Report, IsWrittenWhole) {
  {
    ReportFolder folder(in_home("a/"));
    EXPECT_FALSE(fs::exists(home_ / "a")) << "nothing is touched before it is written";
    folder.write(results({run("PASS"), run("FAIL", "two owners")}));
  }
  EXPECT_EQ(entries(), 1U) << "something is left beside it";
  for (const char* name : {"report.json", "report.schema.json", "junit.xml", "report.sarif",
                           "index.html", "trace-1.perfetto.json"}) {
    EXPECT_FALSE(read(home_ / "a" / name).empty()) << name;
  }
  const Json json = Json::parse(read(home_ / "a" / "report.json"));
  EXPECT_TRUE(json.contains("poolproof"));
  EXPECT_EQ(json.at("runs").size(), 2U);
}

TEST_F(Report, TakesThePlaceOfAnOlderOneOnlyWhenItIsWritten) {
  ReportFolder(in_home("a")).write(results({run("FAIL", "old")}));
  { ReportFolder interrupted(in_home("a")); }
  EXPECT_NE(read(home_ / "a" / "report.json").find("old"), std::string::npos);
  ReportFolder(in_home("a")).write(results({run("PASS")}));
  EXPECT_EQ(read(home_ / "a" / "report.json").find("old"), std::string::npos);
  EXPECT_FALSE(fs::exists(home_ / "a" / "trace-1.perfetto.json")) << "of the older one";
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Report, AnEmptyFolderWillDoAndSomebodyElsesWillNot) {
  fs::create_directory(home_ / "empty");
  ReportFolder(in_home("empty")).write(results({run("PASS")}));
  EXPECT_TRUE(fs::exists(home_ / "empty" / "report.json"));
  fs::create_directory(home_ / "thesis");
  write(home_ / "thesis" / "chapter1.tex", "years");
  expect_refused(in_home("thesis"), "'chapter1.tex' lies there, and is not of a report");
  EXPECT_EQ(read(home_ / "thesis" / "chapter1.tex"), "years");
  // Names that a report has too make no report of it.
  fs::create_directory(home_ / "site");
  write(home_ / "site" / "index.html", "mine");
  expect_refused(in_home("site"), "'index.html' lies there");
  write(home_ / "site" / "report.json", "{\"runs\": []}");
  expect_refused(in_home("site"), "lies there");
  EXPECT_EQ(read(home_ / "site" / "index.html"), "mine");
  write(home_ / "file", "");
  expect_refused(in_home("file"), "Not a directory");
  expect_refused(in_home("file/below"), "Not a directory");
  expect_refused(in_home("missing/below"), "No such file or directory");
  expect_refused("/", "a folder that can be written is wanted");
}

TEST_F(Report, IsKeptBesideWhenItsPlaceIsTakenMeanwhile) {
  ReportFolder(in_home("a")).write(results({run("PASS")}));
  ReportFolder folder(in_home("a"));
  write(home_ / "a" / "notes.txt", "mine");
  testing::internal::CaptureStderr();
  EXPECT_EQ(finish_report(folder, results({run("PASS")}), all_pass), some_unknown);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("'notes.txt' lies there by now"), std::string::npos) << said;
  EXPECT_EQ(read(home_ / "a" / "notes.txt"), "mine");
  EXPECT_EQ(entries(), 2U) << "it is nowhere";
}

// By their names they could be of a report.
TEST_F(Report, LeavesAloneWhatIsNotIts) {
  ReportFolder(in_home("a")).write(results({run("FAIL", "old")}));
  for (const char* name : {"trace-2.perfetto.json", "trace-mine.perfetto.json"}) {
    write(home_ / "a" / name, "mine");
    expect_refused(in_home("a"), name);
    EXPECT_EQ(read(home_ / "a" / name), "mine");
    fs::remove(home_ / "a" / name);
  }
  const fs::path trace = home_ / "a" / "trace-1.perfetto.json";
  const std::string before = read(trace);
  write(trace, "mine");
  expect_refused(in_home("a"), "trace-1.perfetto.json");
  // Of a report from before there were lists: by what is in it.
  fs::remove(home_ / "a" / "report.files");
  expect_refused(in_home("a"), "trace-1.perfetto.json");
  write(trace, before);
  ReportFolder(in_home("a")).write(results({run("PASS")}));
  EXPECT_FALSE(fs::exists(trace));
}

TEST_F(Report, TheFolderItselfStays) {
  fs::create_directory(home_ / "a");
  const fs::path before = fs::current_path();
  fs::current_path(home_ / "a");
  for (const char* verdict : {"PASS", "FAIL"}) {
    ReportFolder(".").write(results({run(verdict)}));
    EXPECT_TRUE(fs::exists("report.json")) << verdict;
  }
  fs::current_path(before);
  EXPECT_EQ(entries(), 1U);
}

// As a process that is killed leaves it.
TEST_F(Report, RemovesWhatAnEarlierRunHasLeft) {
  fs::create_directories(home_ / ".a.poolproof-report.AbCdEf");
  write(home_ / ".a.poolproof-report.AbCdEf" / "report.json", "{");
  fs::create_directories(home_ / ".a.mine");
  {
    ReportFolder first(in_home("a"));
    ReportFolder second(in_home("a"));  // whose part is in use, and stays
    EXPECT_EQ(entries(), 3U);
    first.write(results({run("PASS")}));
  }
  EXPECT_EQ(entries(), 2U);
  fs::create_directories(home_ / "a" / ".poolproof-report.AbCdEf");
  ReportFolder(in_home("a")).write(results({run("PASS")}));
  EXPECT_FALSE(fs::exists(home_ / "a" / ".poolproof-report.AbCdEf"));
}

TEST_F(Report, NoneIsWantedWithoutAPath) {
  ReportFolder none("");
  none.write(results({run("PASS")}));
  EXPECT_EQ(entries(), 0U);
}

TEST_F(Report, SeveralBecomeOne) {
  ReportFolder(in_home("a")).write(results({run("PASS")}));
  Json second = results({run("FAIL", "lost"), run("PASS")});
  second["interrupted"] = true;
  ReportFolder(in_home("b")).write(second);
  const Json all = merged_reports({in_home("a"), in_home("b")});
  EXPECT_EQ(all.at("runs").size(), 3U);
  EXPECT_EQ(all.at("runs")[1].at("failure").at("message"), "lost");
  EXPECT_EQ(all.at("interrupted"), true);
  // Made again of itself alone, nothing changes.
  const std::string page = read(home_ / "a" / "index.html");
  ReportFolder(in_home("a")).write(Json::parse(read(home_ / "a" / "report.json")));
  EXPECT_EQ(read(home_ / "a" / "index.html"), page);
}

TEST_F(Report, OnlyReportsAreMerged) {
  const auto refusal = [this](const std::string& folder) {
    try {
      merged_reports({in_home(folder)});
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("it was taken");
  };
  EXPECT_NE(refusal("nothing").find("report.json: No such file"), std::string::npos);
  fs::create_directory(home_ / "x");
  Json report = results({run("FAIL", "x")});
  const auto damaged = [&](const char* place, const Json& value) {
    Json other = report;
    other[Json::json_pointer(place)] = value;
    return other.dump();
  };
  for (const auto& [text, fault] :
       {std::pair{std::string(), "it is no JSON"},
        {"{", "it is no JSON"},
        {std::string(200'000, '['), "more than 64 arrays and objects"},
        {"[]", "report.json: object is wanted, not []"},
        {R"({"runs": []})", "poolproof: it is missing"},
        {damaged("/runs", 5), "runs: array is wanted, not 5"},
        {damaged("/runs/0/seconds", "soon"), "runs/0/seconds: number is wanted, not \"soon\""},
        {damaged("/runs/0/verdict", "MAYBE"), "one of PASS, FAIL, UNKNOWN is wanted"},
        {damaged("/runs/0/failure", 7), "runs/0/failure: object or null is wanted, not 7"},
        {damaged("/interrupted", "x"), "interrupted: boolean is wanted"},
        {damaged("/notes", {1}), "notes/0: string is wanted, not 1"}}) {
    write(home_ / "x" / "report.json", text);
    EXPECT_NE(refusal("x").find(fault), std::string::npos) << refusal("x");
  }
  fs::remove(home_ / "x" / "report.json");
  ASSERT_EQ(mkfifo((home_ / "x" / "report.json").c_str(), 0600), 0);
  EXPECT_NE(refusal("x").find("a regular file is wanted"), std::string::npos);
}

const std::string nasty = "a</script><b>&\"\x01\n:,%";

TEST(ReportParts, ThePageCannotBeLeft) {
  const std::string page = report_page(results({run("FAIL", nasty)}));
  EXPECT_EQ(page.find("a</script>"), std::string::npos);
  EXPECT_NE(page.find("a\\u003c/script>\\u003cb>"), std::string::npos);
  EXPECT_EQ(page.find("{{results}}"), std::string::npos);
  EXPECT_EQ(page.find("http://"), page.find("http://www.w3.org/2000/svg")) << "no network";
  EXPECT_EQ(page.find("https://"), std::string::npos) << "no network";
}

TEST(ReportParts, JUnitCountsAndEscapes) {
  const std::string xml =
      report_junit(results({run("PASS"), run("FAIL", nasty), run("UNKNOWN", "too short")}));
  for (const char* words :
       {"<testsuites name=\"poolproof\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"",
        "classname=\"poolproof.check.lockless\" name=\"churn\" time=\"1.500\"",
        "<failure type=\"race\" message=\"a&lt;/script&gt;&lt;b&gt;&amp;&quot;\n:,%\">",
        "<skipped message=\"UNKNOWN: too short\"/>",
        "<system-out>next: poolproof check -b 40s</system-out>",
        "<system-out>poolproof replay pp1:x</system-out>"}) {
    EXPECT_NE(xml.find(words), std::string::npos) << words << '\n' << xml;
  }
  EXPECT_EQ(xml.find('\x01'), std::string::npos) << "XML has no such character";
}

TEST(ReportParts, TheStoryComesFirstForCiSystems) {
  Json failed = run("FAIL", "two owners");
  failed["failure"]["story"] = "Actor 1 takes block 0, which actor 0 has.";
  const std::string xml = report_junit(results({failed}));
  EXPECT_NE(xml.find("message=\"Actor 1 takes block 0, which actor 0 has.\">Actor 1 takes block 0, "
                     "which actor 0 has.\ntwo owners</failure>"),
            std::string::npos)
      << xml;
  const std::string lines = github_annotations(results({failed}));
  EXPECT_NE(lines.find("::race: Actor 1 takes block 0"), std::string::npos) << lines;
}

TEST(ReportParts, JUnitNamesWhatAResultDoesNotSpeakOf) {
  Json passed = run("PASS");
  passed["unseen"] = {"fences", "a & b"};
  const std::string xml = report_junit(results({passed}));
  EXPECT_NE(xml.find("<system-out>not seen: fences\nnot seen: a &amp; b</system-out>"),
            std::string::npos)
      << xml;
}

TEST(ReportParts, JUnitSaysWhyThereWasNothingToAudit) {
  Json all = results({});
  all["audits"] = {{{"engine", "audit"},
                    {"allocator", "./a.out"},
                    {"verdict", "FAIL"},
                    {"reason", "nothing instrumented"},
                    {"failure", nullptr}}};
  const std::string xml = report_junit(all);
  EXPECT_NE(xml.find("<failure type=\"empty\" message=\"nothing instrumented\">"),
            std::string::npos)
      << xml;
}

TEST_F(Report, MutantsAreTestsOfASuiteOfTheirOwn) {
  const auto mutant = [](const char* name, const Json& failure) {
    return Json{{"mutant", name},
                {"allocator", "lockless"},
                {"engine", "mutants"},
                {"kind", "mutant"},
                {"class", "aba"},
                {"sentence", "it has no nonce"},
                {"verdict", failure.is_null() ? "PASS" : "FAIL"},
                {"runs", Json::array({{{"engine", "check"},
                                       {"scenario", "random"},
                                       {"bound", "random 20000"},
                                       {"claim", "race"},
                                       {"killed", true},
                                       {"oracle", "race"},
                                       {"result", "race"},
                                       {"seconds", 0.1},
                                       {"executions", 23}}})},
                {"failure", failure}};
  };
  Json all = results({run("PASS")});
  all["mutants"] = {mutant("no_nonce", nullptr),
                    mutant("push_relaxed", {{"oracle", "claim"}, {"message", "was to find race"}})};
  const std::string xml = report_junit(all);
  for (const char* words : {"name=\"mutants lockless\" tests=\"2\" failures=\"1\"",
                            "classname=\"poolproof.mutants.lockless\" name=\"no_nonce\"",
                            "<failure type=\"claim\" message=\"was to find race\">"}) {
    EXPECT_NE(xml.find(words), std::string::npos) << words << '\n' << xml;
  }
  ReportFolder(in_home("a")).write(all);
  EXPECT_EQ(merged_reports({in_home("a"), in_home("a")}).at("mutants").size(), 4U);
  all["mutants"][0].erase("runs");
  write(home_ / "a" / "report.json", all.dump());
  EXPECT_THROW(merged_reports({in_home("a")}), UsageError);
}

TEST(ReportParts, ShardsOfOnePairAreTestsOfOneSuite) {
  Json all = results({run("PASS"), run("PASS"), run("PASS")});
  all["runs"][0]["shard"] = "1/2";
  all["runs"][1]["allocator"] = "locked";
  all["runs"][2]["shard"] = "2/2";
  const std::string xml = report_junit(all);
  EXPECT_NE(xml.find("name=\"check lockless\" tests=\"2\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("name=\"churn, shard 1/2\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("name=\"churn, shard 2/2\""), std::string::npos) << xml;
}

TEST_F(Report, TextThatIsNoUtf8IsReplacedEverywhere) {
  ReportFolder(in_home("a")).write(results({run("FAIL", "a\xff\xfe")}));
  for (const char* name : {"report.json", "junit.xml", "index.html"}) {
    EXPECT_EQ(read(home_ / "a" / name).find('\xff'), std::string::npos) << name;
  }
}

TEST(ReportParts, JUnitReplacesWhatIsNoUtf8AndNothingElse) {
  const auto message = [](const std::string& text) {
    const std::string xml = report_junit(results({run("FAIL", text)}));
    const std::size_t start = xml.find("message=\"") + 9;
    return xml.substr(start, xml.find('"', start) - start);
  };
  for (const char* valid : {"\u00e9", "\u20ac", "\U0001f600", "\U0010ffff", "\ud7ff"}) {
    EXPECT_EQ(message(valid), valid);
  }
  EXPECT_EQ(message("a\xe2\x82"), "a\uFFFD\uFFFD");          // cut off
  EXPECT_EQ(message("\xc0\xaf"), "\uFFFD\uFFFD");            // longer than need be
  EXPECT_EQ(message("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // half of a pair
  EXPECT_EQ(message("\xf4\x90\x80\x80").size(), 12U);        // above U+10FFFF
}

TEST(ReportParts, AnnotationsAreOneLineEach) {
  EXPECT_EQ(github_annotations(results({run("PASS"), run("FAIL", "100%: a,\nb")})),
            "::error title=check lockless churn::race: 100%25: a,%0Ab%0Aagain: poolproof replay "
            "pp1:x\n");
}

TEST(ReportParts, AnnotationsAreForGitHubOnly) {
  ReportFolder none("");
  for (const bool within : {true, false}) {
    if (within) {
      setenv("GITHUB_ACTIONS", "true", 1);
    } else {
      unsetenv("GITHUB_ACTIONS");
    }
    testing::internal::CaptureStderr();
    EXPECT_EQ(finish_report(none, results({run("FAIL", "x")}), some_fail), some_fail);
    EXPECT_EQ(testing::internal::GetCapturedStderr().starts_with("::error"), within);
  }
}

TEST(ReportParts, PerfettoHasALaneForEachActor) {
  const Json trace = Json::parse(perfetto_trace(run("FAIL", "x")));
  const Json& events = trace.at("traceEvents");
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].at("name"), "load head");
  EXPECT_EQ(events[0].at("tid"), 2);
  EXPECT_EQ(events[3].at("args").at("name"), "actor 1");
}

}  // namespace
}  // namespace poolproof
