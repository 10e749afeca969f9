#include "libr1/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libr1/config/number_text.h"
#include "libr1/core/error.h"
#include "tests/unit/message_of.h"

namespace r1 {

enum class Fruit { kApple, kPear };
static std::span<const EnumName<Fruit>> enum_names(Fruit) {
  static constexpr EnumName<Fruit> kNames[] = {{Fruit::kApple, "apple"}, {Fruit::kPear, "pear"}};
  return kNames;
}

namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

struct Inner {
  int64_t group_size = 16;
  double clip = 0.2;
  double decay = 0.9;
  template <class V>
  void visit(V& v) {
    v.field("group_size", group_size, "members", at_least(2));
    v.field("clip", clip, "range", positive());
    v.field("decay", decay, "of the mean", half_open(0, 1));
  }
};

struct Outer {
  std::string model;
  bool fast = true;
  int threads = 3;
  uint64_t seed = 1;
  Fruit fruit = Fruit::kApple;
  std::vector<std::string> stop = {"a"};
  std::vector<double> rates;
  Inner grpo;
  template <class V>
  void visit(V& v) {
    v.required("model", model, "which model");
    v.field("fast", fast, "speed");
    v.field("threads", threads, "number", between(1, 64));
    v.field("seed", seed, "of all");
    v.field("fruit", fruit, "kind");
    v.field("stop", stop, "texts");
    v.field("rates", rates, "numbers");
    v.table("grpo", grpo, "inner");
  }
};

std::string file_of(const std::string& toml) {
  const std::string path = ::testing::TempDir() + "r1_config_test.toml";
  std::ofstream(path) << toml;
  return path;
}

Outer read(const std::string& toml, std::vector<std::string> overrides = {}) {
  return read_config<Outer>({file_of(toml), std::move(overrides), {"slurm"}});
}

std::string error_of(const std::string& toml, std::vector<std::string> overrides = {}) {
  return testing::message_of([&] { read(toml, std::move(overrides)); });
}

TEST(Config, ReadsAndKeepsDefaults) {
  const Outer c = read(
      "model = 'x'\nfruit = 'pear'\nstop = ['</a>', 'b']\nrates = [1, 2.5]\n[grpo]\nclip = 1\n");
  EXPECT_EQ(c.model, "x");
  EXPECT_TRUE(c.fast);
  EXPECT_EQ(c.fruit, Fruit::kPear);
  EXPECT_EQ(c.stop, (std::vector<std::string>{"</a>", "b"}));
  EXPECT_EQ(c.rates, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(c.grpo.clip, 1);
  EXPECT_EQ(c.grpo.group_size, 16);
}

TEST(Config, OverridesWin) {
  const Outer c =
      read("model = 'x'\nthreads = 4\n",
           {"threads=5", "grpo.clip=0.5", "model=runs/a b.h5", "fast=false", "rates=[3]"});
  EXPECT_EQ(c.threads, 5);
  EXPECT_EQ(c.grpo.clip, 0.5);
  EXPECT_EQ(c.model, "runs/a b.h5");
  EXPECT_FALSE(c.fast);
  EXPECT_EQ(c.rates, (std::vector<double>{3}));
}

TEST(Config, NamesTheNearestKey) {
  const std::string error = error_of("model = 'x'\n\n[grpo]\ngruop_size = 4\n");
  EXPECT_THAT(error, HasSubstr("r1_config_test.toml:4:"));
  EXPECT_THAT(error, HasSubstr("unknown key 'grpo.gruop_size'; did you mean 'grpo.group_size'?"));
  EXPECT_THAT(error_of("model = 'x'\nzzzzzzzzzzzz = 1\n"), HasSubstr("unknown key 'zzzzzzzzzzzz'"));
  EXPECT_THAT(error_of("model = 'x'\n", {"thread=3"}), HasSubstr("did you mean 'threads'?"));
}

TEST(Config, NamesLineKeyAndWhatWasExpected) {
  const auto expect = [](const std::string& line, const std::string& message) {
    const std::string error = error_of("model = 'x'\n" + line + "\n");
    EXPECT_THAT(error, HasSubstr("r1_config_test.toml:2:"));
    EXPECT_THAT(error, HasSubstr(message));
  };
  expect("threads = 'many'", "'threads' is \"many\", expected an integer");
  expect("threads = 2.5", "expected an integer");
  expect("threads = 65", "'threads' is 65, expected between 1 and 64");
  expect("threads = 5000000000", "'threads' is 5000000000, expected");
  expect("fast = 1", "expected true or false");
  expect("stop = 'x'", "expected a list of strings");
  expect("stop = [1]", "expected a list of strings");
  expect("fruit = 'plum'", "expected one of \"apple\", \"pear\"");
  expect("grpo = 3", "expected a table");
  expect("grpo.clip = 0", "'grpo.clip' is 0, expected more than 0");
  expect("grpo.group_size = 1", "expected at least 2");
  expect("grpo.decay = 1.0", "'grpo.decay' is 1, expected at least 0 and less than 1");
  expect("rates = [1, 'x']", "expected a list of numbers");
}

TEST(Config, ReportsAllMistakesAtOnce) {
  const std::string error = error_of("threads = 0\nfast = 'no'\n");
  EXPECT_THAT(error, HasSubstr("threads"));
  EXPECT_THAT(error, HasSubstr("fast"));
  EXPECT_THAT(error, HasSubstr("the key 'model' is missing (which model)"));
}

TEST(Config, OtherStagesTablesAreNotRead) {
  EXPECT_EQ(error_of("model = 'x'\n[slurm]\nanything = 1\n"), "no error");
  EXPECT_THAT(error_of("model = 'x'\n[slumr]\nanything = 1\n"), HasSubstr("unknown key 'slumr'"));
}

TEST(Config, BadTomlBadOverrideMissingFile) {
  EXPECT_THAT(error_of("model = \n"), HasSubstr("r1_config_test.toml:1:"));
  EXPECT_THAT(error_of("model = 'x'\n", {"threads"}), HasSubstr("expected table.key=value"));
  EXPECT_THAT(error_of("model = 'x'\n", {"threads=x"}), HasSubstr("--set threads=x"));
  try {
    read_config<Outer>({"/nowhere.toml", {}, {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere.toml"));
  }
}

TEST(Config, WritesWhatItReads) {
  Outer c = read("model = 'a \"quoted\" name'\nthreads = 7\nseed = 99\n[grpo]\nclip = 1e-7\n");
  c.rates = {0.1, 1e300};
  const std::string text = write_config(c);
  EXPECT_THAT(text, HasSubstr("# which model\nmodel = "));
  const Outer back = parse_config<Outer>(text, "text");
  EXPECT_EQ(back.model, c.model);
  EXPECT_EQ(back.seed, 99u);
  EXPECT_EQ(back.rates, c.rates);
  EXPECT_EQ(back.grpo.clip, 1e-7);
  EXPECT_EQ(write_config(back), text);
}

TEST(Config, DocumentsEveryKey) {
  Outer c;
  const std::string table = document_fields(fields_of(c));
  EXPECT_THAT(table, HasSubstr("| `grpo.clip` | number, more than 0 | `0.2` | range |"));
  EXPECT_THAT(table, HasSubstr("| `grpo.decay` | number, at least 0 and less than 1 | `0.9` |"));
  EXPECT_THAT(table, HasSubstr("| `model` | string | required | which model |"));
  EXPECT_THAT(table, HasSubstr("one of `apple` `pear`"));
}

struct Sourced {
  double a = 1, b = 2, c = 3, d = 4;
  template <class V>
  void visit(V& v) {
    v.field("a", a, "members (paper: 16); 0: all");
    v.field("b", b, "\"zero\" (paper, table 1), or a text");
    v.field("c", c, "of x (in tokens) at most (V3: 0.9)");
    v.field("d", d, "heads (Qwen2) and an open (paper");
  }
};

TEST(Config, DocumentsWhatPapersPrint) {
  Sourced c;
  const std::string table = document_fields(fields_of(c));
  EXPECT_THAT(table, HasSubstr("| members; 0: all | 16 |"));
  EXPECT_THAT(table, HasSubstr("| \"zero\", or a text | table 1 |"));
  EXPECT_THAT(table, HasSubstr("| of x (in tokens) at most | V3: 0.9 |"));
  EXPECT_THAT(table, HasSubstr("| heads (Qwen2) and an open (paper |  |"));
}

struct StageTable {
  int64_t steps = 0;
  template <class V>
  void visit(V& v) {
    v.field("steps", steps, "number");
  }
};

struct Whole {
  uint64_t seed = 1;
  Inner compute;
  StageTable stage;
  template <class V>
  void visit(V& v) {
    v.field("seed", seed, "of all");
    v.table("compute", compute, "common");
    v.table("stage", stage, "own");
  }
};

TEST(Config, KeysOfTheStagesTableWinOverCommonOnes) {
  const std::string path = ::testing::TempDir() + "/common.toml";
  std::ofstream(path) << "seed = 3\n[compute]\ngroup_size = 4\nclip = 0.5\n[stage]\nsteps = 7\n"
                         "seed = 9\ncompute.clip = 0.25\n";
  Whole config;
  read_fields(fields_of(config), {path, {"stage.compute.group_size=6"}, {}, "stage"});
  EXPECT_EQ(config.stage.steps, 7);
  EXPECT_EQ(config.seed, 9u);
  EXPECT_EQ(config.compute.group_size, 6);
  EXPECT_EQ(config.compute.clip, 0.25);
}

TEST(Config, OverridesOfCommonKeysWinOverTheStagesTable) {
  const std::string path = ::testing::TempDir() + "/common.toml";
  std::ofstream(path) << "[stage]\nsteps = 7\nseed = 9\ncompute.clip = 0.25\n";
  const auto read = [&](std::vector<std::string> overrides) {
    Whole config;
    read_fields(fields_of(config), {path, std::move(overrides), {}, "stage"});
    return config;
  };
  EXPECT_EQ(read({"seed=2"}).seed, 2u);
  EXPECT_EQ(read({"compute.clip=0.5"}).compute.clip, 0.5);
  EXPECT_EQ(read({"compute.clip=0.5", "stage.compute.clip=0.75"}).compute.clip, 0.75);
  EXPECT_EQ(read({"stage.seed=4", "seed=2"}).seed, 4u);
}

TEST(Config, NamesWhatDiffersBetweenTwoConfigs) {
  Outer before{.model = "m = 1"};
  Outer after = before;
  const auto changes = [&] { return config_changes(write_config(before), write_config(after)); };
  EXPECT_EQ(changes(), "");
  after.model = "# [n] = 2";
  after.grpo.group_size = 8;
  EXPECT_EQ(changes(), "model: \"m = 1\" -> \"# [n] = 2\", grpo.group_size: 16 -> 8");
  after.rates = {0.5};
  after.stop = {};
  EXPECT_EQ(
      changes(),
      "model: \"m = 1\" -> \"# [n] = 2\", stop: [\"a\"] -> [], rates: [] -> [0.5] and 1 more");
}

TEST(Config, TellsNewAndLostKeysFromNewWords) {
  EXPECT_EQ(config_changes("# one\na = 1\n\n# of t\n[t.u]\nb = 2\n",
                           "# two\na = 1\n\n# of it\n[t.u]\nb = 2\n"),
            "");
  EXPECT_EQ(config_changes("a = 1\n[t]\nb = 2\n", "a = 1\n[u]\nb = 2\n"),
            "u.b: none -> 2, t.b: 2 -> none");
}

struct Span {
  int64_t low = 0, high = 9;
  template <class V>
  void visit(V& v) {
    v.field("low", low, "first");
    v.field("high", high, "last");
  }
  void check() const { R1_CHECK_INPUT(low <= high, "low is ", low, ", expected at most high"); }
};

struct Spans {
  Span a, b;
  bool ours = false;
  template <class V>
  void visit(V& v) {
    v.table("a", a, "one");
    v.table("b", b, "another");
    v.field("ours", ours, "whether there is a fault");
  }
  void check() const {
    R1_CHECK_INPUT(a.high <= b.low, "a and b overlap");
    R1_CHECK(!ours, "a fault that is not the file's");
  }
};

TEST(Config, ChecksValuesTogetherOnceEachIsRight) {
  const auto error_of = [](const std::string& toml) {
    return testing::message_of([&] { read_config<Spans>({file_of(toml), {}, {}}); });
  };
  EXPECT_EQ(error_of("[b]\nlow = 9\n"), "no error");
  EXPECT_THAT(error_of("[a]\nlow = 'x'\n"), Not(HasSubstr("overlap")));
  const std::string all = error_of("[a]\nlow = 10\n[b]\nlow = 10\n");
  EXPECT_THAT(all, HasSubstr("r1_config_test.toml: [a] low is 10, expected at most high\n"));
  EXPECT_THAT(all, HasSubstr("r1_config_test.toml: [b] low is 10"));
  EXPECT_THAT(error_of("[a]\nhigh = 3\n[b]\nlow = 2\n"),
              EndsWith("r1_config_test.toml: a and b overlap"));
  EXPECT_THAT(testing::message_of([&] { parse_config<Spans>("[a]\nlow = 10\n", "text"); }),
              HasSubstr("text: [a] low is 10"));
  testing::message_of([&] { parse_config<Spans>("ours = true\n[b]\nlow = 9\n", "text"); },
                      Fault::kRun);
}

struct Files {
  std::string base;
  std::vector<std::string> examples, sets;
  template <class V>
  void visit(V& v) {
    v.field("base", base, "a model", TextForm::kPath);
    v.field("examples", examples, "to learn from", TextForm::kPath);
    v.field("sets", sets, "to ask", TextForm::kNamedPath);
  }
};

struct Stage {
  std::string prompt;
  Files files;
  template <class V>
  void visit(V& v) {
    v.field("prompt", prompt, "a text");
    v.table("files", files, "of the stage");
  }
};

TEST(Config, RefusesTextsThatAreNoPaths) {
  const auto error_of = [](const std::string& toml) {
    return testing::message_of([&] { read_config<Stage>({file_of(toml), {}, {}}); });
  };
  EXPECT_EQ(error_of("prompt = '{question}/x'\n[files]\nbase = '{run}/a'\nexamples = ['', 'a=b']\n"
                     "sets = ['x={run}/a=b', 'y=z']\n"),
            "no error");
  for (const char* const line :
       {"base = '{RUN}/a'", "examples = ['x', '{}/a']", "sets = ['x={rum}/a']"})
    EXPECT_THAT(error_of(concat("[files]\n", line, "\n")),
                AllOf(HasSubstr("r1_config_test.toml:2:"), HasSubstr("expected {run}/JOB")))
        << line;
  for (const char* const text : {"a.h5", "x=", "=a.h5", ""})
    EXPECT_THAT(error_of(concat("[files]\nsets = ['y=b.h5', '", text, "']\n")),
                HasSubstr(concat("'files.sets' is \"", text, "\", expected \"name=path\"")));
}

TEST(Config, NamesAllFilesThatAreNotThere) {
  const std::string there = file_of("");
  Stage stage;
  stage.prompt = "nowhere";
  stage.files = {there, {there, "{run}/later"}, {"x=" + there, "y={run}/later"}};
  check_files(fields_of(stage), "c.toml");
  stage.files.base = "";  // none
  check_files(fields_of(stage), "c.toml");
  stage.files.examples = {""};
  EXPECT_EQ(testing::message_of([&] { check_files(fields_of(stage), "c.toml"); }),
            "c.toml: 'files.examples' is empty, expected a path");
  stage.files = {"/no/base", {there, "nowhere"}, {"x=/no/set", "y={run}/later"}};
  EXPECT_EQ(testing::message_of([&] { check_files(fields_of(stage), "c.toml"); }),
            concat("c.toml: 'files.base' names /no/base: no such file\n"
                   "c.toml: 'files.examples' names nowhere: no such file (from ",
                   std::filesystem::current_path().string(),
                   ")\nc.toml: 'files.sets' names /no/set: no such file"));
}

TEST(Config, DocumentsPaths) {
  Stage stage;
  const std::string table = document_fields(fields_of(stage));
  EXPECT_THAT(table, HasSubstr("| `files.base` | path |"));
  EXPECT_THAT(table, HasSubstr("| `files.sets` | paths |"));
}

TEST(NumberText, ReadsAllOfATextOrSaysWhatIsWrong) {
  double number = -1;
  int whole = -1;
  EXPECT_EQ(read_number("1e-3", positive(), &number), "");
  EXPECT_EQ(number, 1e-3);
  EXPECT_EQ(read_number("12", between(1, 12), &whole), "");
  EXPECT_EQ(whole, 12);
  for (const char* const text : {"x", "", "1 ", " 1", "1s", "inf", "nan", "0", "-1", "1e400"})
    EXPECT_EQ(read_number(text, positive(), &number),
              concat("found \"", text, "\", expected a number, more than 0"));
  for (const char* const text : {"1.5", "1e3", "13", "3000000000"})
    EXPECT_EQ(read_number(text, between(1, 12), &whole),
              concat("found \"", text, "\", expected a whole number, between 1 and 12"));
  EXPECT_EQ(number, 1e-3);  // what is refused is not set
  EXPECT_EQ(whole, 12);
  uint64_t natural = 7;
  EXPECT_EQ(read_number("-1", {}, &natural), "found \"-1\", expected a whole number");
  EXPECT_EQ(NumberIn<uint64_t>{}("18446744073709551615"), "");
}

}  // namespace
}  // namespace r1
