#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "chat/reply.h"
#include "chat/request.h"

namespace omni::upstream {

/// What goes wrong with an answer.
enum class Fault : std::uint8_t {
  none,
  refused,          // an error, with the status in the model's name
  no_head,          // never a word
  silent,           // begins, and then nothing
  cut,              // breaks off in the middle
  cut_early,        // breaks off before the first word
  garbage,          // what no decoder can read
  error_midstream,  // the dialect's own error after some words
  html,             // a page of a proxy
  empty,            // a good status, and nothing
};

/// A model of the built-in provider: what it says, how fast, and what goes wrong.
struct DemoModel {
  std::string_view name;
  std::vector<chat::Part> (*say)(const chat::Request& request);
  Fault fault = Fault::none;
  Millis word_pause{0};
  Millis head_pause{0};
};

std::span<const DemoModel> demo_models();

/// A model by the last part of a name, "demo/echo"; `fail-<status>` is `fail`.  Null where there is
/// none.
const DemoModel* find_demo_model(std::string_view name);
/// The status that such a name asks for; 500 where it names none.
int status_asked(std::string_view name);

/// What the user said last; empty where nothing was.
std::string last_words(const chat::Request& request);

}  // namespace omni::upstream
