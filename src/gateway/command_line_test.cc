#include "gateway/command_line.h"

#include <gtest/gtest.h>

#include <sstream>

#include "gateway/verb.h"

namespace omni::gateway {
namespace {

TEST(HelpText, ShowsEveryVerbAndOptionOnLinesThatFitATerminal) {
  const std::string text = help_text();
  for (const Option& option : options()) {
    EXPECT_NE(text.find(option.flag), std::string::npos) << option.flag;
    EXPECT_NE(text.find(option.variable), std::string::npos) << option.variable;
    EXPECT_NE(text.find(option.help), std::string::npos) << option.help;
  }
  for (const Verb& verb : verbs()) {
    EXPECT_NE(text.find(verb.operands), std::string::npos) << verb.name;
    EXPECT_NE(text.find(verb.summary), std::string::npos) << verb.name;
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(HelpText, IsOfTheCommandThatIsNamed) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"help", "keys"}, {"keys", "--help"}, {"keys", "add", "-h"}}) {
    EXPECT_TRUE(help_text(words).starts_with("Usage: omniroute keys add <name>")) << words[1];
  }
  EXPECT_EQ(help_text(std::vector<std::string>{"help"}), help_text());
  for (const Verb& verb : verbs()) {
    const std::string text = help_text(std::vector{std::string(verb.name), std::string("--help")});
    EXPECT_TRUE(text.starts_with("Usage: omniroute " + std::string(verb.name))) << text;
    EXPECT_NE(text.find(verb.summary), std::string::npos) << text;
    EXPECT_NE(text.find("--port"), std::string::npos) << text;
    const auto is_here = [&](const Verb& each) {
      return text.find(each.summary) != std::string::npos;
    };
    EXPECT_EQ(std::ranges::count_if(verbs(), is_here), 1) << text;
  }
}

TEST(Verbs, ShowTheirWordsAndSwitchesInHelp) {
  for (const Verb& verb : verbs()) {
    const std::string shown = std::string(verb.operands) + std::string(verb.summary);
    for (const auto& list : {verb.words, verb.switches}) {
      for (const std::string_view word : list) {
        EXPECT_NE(shown.find(word), std::string::npos) << verb.name << " " << word;
      }
    }
  }
}

TEST(CompletionScript, NamesEveryVerbWordAndFlag) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    const auto expect = [&](std::string_view word) {
      if (shell == std::string_view("fish") && word.starts_with("--")) word.remove_prefix(2);
      EXPECT_NE(script.find(word), std::string::npos) << shell << " " << word;
    };
    for (const Option& option : options()) expect(option.flag);
    for (const Verb& verb : verbs()) {
      expect(verb.name);
      for (const std::string_view word : verb.words) expect(word);
      for (const std::string_view flag : verb.switches) expect(flag);
    }
  }
}

TEST(Run, ReturnsTwoForWhatItDoesNotUnderstand) {
  EXPECT_EQ(run({"frobnicate"}, {}), 2);
  EXPECT_EQ(run({"serve", "--frobnicate"}, {}), 2);
  EXPECT_EQ(run({"backup", "twice"}, {}), 2);
  EXPECT_EQ(run({"keys"}, {}), 2);
  EXPECT_EQ(run({"keys", "eat", "--data-dir", "x"}, {}), 2);
  EXPECT_EQ(run({"completion", "tcsh"}, {}), 2);
  EXPECT_EQ(run({"serve", "--json"}, {}), 2);  // a switch of other verbs
  EXPECT_EQ(run({}, {{"PORT", "abc"}}), 2);
}

}  // namespace
}  // namespace omni::gateway
