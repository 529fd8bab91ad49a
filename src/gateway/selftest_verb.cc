// selftest: tries all that the binary does, on this machine and nowhere else.

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "gateway/selftest/check.h"
#include "gateway/selftest/interruption.h"
#include "gateway/selftest/stage.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "json/writer.h"

namespace omni::gateway {
namespace {

using selftest::Check;
using selftest::Finding;

/// What a check has found, and how long that took.
struct Outcome {
  std::string_view name;
  bool good;
  std::string says;
  Millis took;
};

Outcome outcome_of(std::string_view name, const Finding& finding, Millis took) {
  return {name, static_cast<bool>(finding), finding ? *finding : finding.error().message(), took};
}

/// A reader may want to see each as soon as it is known.
void tell(const Outcome& outcome) {
  constexpr std::array<std::size_t, 3> widths{8, 10, 0};
  const std::array<std::string_view, 3> cells{outcome.good ? "ok" : "FAILED", outcome.name,
                                              outcome.says};
  std::string line;
  append_cells(line, cells, widths);
  print(line);
}

std::string as_json(const std::vector<Outcome>& outcomes, bool good) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("version").text(OMNI_VERSION).key("ok").boolean(good);
  writer.key("checks").begin_array();
  for (const Outcome& outcome : outcomes) {
    writer.begin_object().key("name").text(outcome.name).key("ok").boolean(outcome.good);
    writer.key("says").text(outcome.says);
    writer.key("ms").integer(outcome.took.count()).end_object();
  }
  writer.end_array().end_object();
  return text + "\n";
}

class Run {
 public:
  explicit Run(bool quiet) : quiet_(quiet) {}

  void all() {
    const auto scratch = selftest::Scratch::make();
    if (!scratch) return note("folder", scratch.error(), Millis{0});
    selftest::Stage stage((*scratch)->path(), {clock_, random_, log_});
    for (const Check& check : selftest::checks()) {
      if (selftest::is_interrupted()) return note(check.name, interrupted(), Millis{0});
      const Clock::Steady began = clock_.steady();
      const Finding finding = check.run(stage);
      note(check.name, finding, std::chrono::duration_cast<Millis>(clock_.steady() - began));
      if (check.vital && !finding) return;
    }
  }
  bool good() const { return std::ranges::all_of(outcomes_, &Outcome::good); }
  const std::vector<Outcome>& outcomes() const { return outcomes_; }

 private:
  static Error interrupted() { return {Error::Kind::cancelled, "interrupted"}; }
  void note(std::string_view name, const Finding& finding, Millis took) {
    outcomes_.push_back(outcome_of(name, finding, took));
    if (!quiet_) tell(outcomes_.back());
  }

  const SystemClock clock_;
  SystemRandom random_;
  Log log_{clock_, {.level = Log::Level::off}, write_to_stderr};
  bool quiet_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

int run_selftest(const Invocation& invocation) {
  ::signal(SIGPIPE, SIG_IGN);
  selftest::hold_interruptions();
  const bool json = invocation.has("--json");
  Run run(json);
  run.all();
  if (json) print(as_json(run.outcomes(), run.good()));
  return run.good() ? succeeded : failed;
}

}  // namespace omni::gateway
