#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config.h"

namespace omni::gateway {

/// What somebody asked for, split up.
struct Invocation {
  const Config& config;
  std::vector<std::string> operands;  // what is no flag, in its order, without the verb
  std::vector<std::string> switches;  // those of the verb's own that were given
  std::map<std::string, std::string, std::less<>> values;  // of its own flags that take one
  std::vector<std::string> warnings;                       // names of variables that mean nothing

  bool has(std::string_view name) const {
    return std::ranges::find(switches, name) != switches.end();
  }
  /// Empty where the flag was not given.
  std::string value(std::string_view flag) const {
    const auto found = values.find(flag);
    return found == values.end() ? std::string() : found->second;
  }
  /// Empty where there are not so many.
  std::string operand(std::size_t index) const {
    return index < operands.size() ? operands[index] : std::string();
  }
};

/// One thing that the program can do: from the table follow help and completion.
struct Verb {
  std::string_view name;
  std::string_view operands = {};  // and switches, as help shows them
  std::string_view summary;
  std::vector<std::string_view> words =
      {};  // what the first operand must be, if it is one of these
  std::vector<std::string_view> switches = {};  // flags of its own, which take no value
  std::vector<std::string_view> values = {};    // flags of its own that take one
  /// How many operands there may be.
  std::size_t operands_min = 0, operands_max = 0;
  /// From this one on they may begin with `-`, as long as they are no flag.
  std::size_t first_of_any_form = SIZE_MAX;
  int (*run)(const Invocation&);
};
const std::vector<Verb>& verbs();

// One file each, or a small family.
int serve(const Invocation& invocation);
int reset_password(const Invocation& invocation);
int back_up(const Invocation& invocation);
int restore(const Invocation& invocation);
int rekey(const Invocation& invocation);
int manage_keys(const Invocation& invocation);
int manage_providers(const Invocation& invocation);
int manage_config(const Invocation& invocation);
int mock_provider(const Invocation& invocation);
int doctor(const Invocation& invocation);
int run_selftest(const Invocation& invocation);
int explain_route(const Invocation& invocation);
int complete(const Invocation& invocation);

/// What `omniroute completion` prints for a shell.
std::string completion_script(std::string_view shell);

}  // namespace omni::gateway
