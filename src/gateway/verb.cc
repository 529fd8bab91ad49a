// Everything that the program can do.

#include "gateway/verb.h"

#include <iterator>

namespace omni::gateway {
namespace {

/// About an installation.
std::vector<Verb> housekeeping() {
  return {
      {.name = "serve", .summary = "run the gateway; what happens without a command", .run = serve},
      {.name = "reset-password",
       .operands = "[--password-stdin]",
       .summary = "set a new password, whether a gateway runs or not",
       .switches = {"--password-stdin"},
       .run = reset_password},
      {.name = "keys",
       .operands = "add <name> | list | revoke <id> [--json]",
       .summary = "API keys for clients",
       .words = {"add", "list", "revoke"},
       .switches = {"--json"},
       .operands_min = 1,
       .operands_max = 2,
       .run = manage_keys},
      {.name = "providers",
       .operands = "list | known | add <provider> [<name>] | add --from-env | test [--json]",
       .summary = "accounts at providers; a key comes on standard input, or --no-key",
       .words = {"list", "known", "add", "test"},
       .switches = {"--from-env", "--json", "--no-key"},
       .operands_min = 1,
       .operands_max = 3,
       .run = manage_providers},
      {.name = "explain",
       .operands = "<model> [--path <path>] | --request <id> [--json]",
       .summary = "who would answer for a model, or who did, and why",
       .switches = {"--json"},
       .values = {"--path", "--request"},
       .operands_max = 1,
       .run = explain_route},
      {.name = "config",
       .operands = "get [<name>] | set <name> <value> | export | apply <file> [--dry-run]",
       .summary = "settings; --explain [--json]: flags and variables",
       .words = {"get", "set", "export", "apply"},
       .switches = {"--dry-run", "--explain", "--json"},
       .operands_max = 3,
       .first_of_any_form = 2,
       .run = manage_config},
      {.name = "backup", .summary = "make a backup", .run = back_up},
      {.name = "restore",
       .operands = "[<name>]",
       .summary = "go back to a backup; without a name, list them",
       .operands_max = 1,
       .run = restore},
      {.name = "rekey",
       .operands = "[--passphrase-stdin]",
       .summary = "seal all secrets anew, while no gateway runs",
       .switches = {"--passphrase-stdin"},
       .run = rekey},
  };
}

/// That need none.
std::vector<Verb> helpers() {
  return {
      {.name = "doctor", .summary = "look for what is wrong, and change nothing", .run = doctor},
      {.name = "selftest",
       .operands = "[--json]",
       .summary = "try all that the program does, in a folder and on ports of its own",
       .switches = {"--json"},
       .run = run_selftest},
      {.name = "mock",
       .operands = "[--key <key>[,<key>]] [--script <file>] [--record]",
       .summary = "play a provider on --host and --port, for trying and testing",
       .switches = {"--record"},
       .values = {"--key", "--script"},
       .run = mock_provider},
      {.name = "completion",
       .operands = "bash | zsh | fish",
       .summary = "what a shell needs to complete all this",
       .words = {"bash", "zsh", "fish"},
       .operands_min = 1,
       .operands_max = 1,
       .run = complete},
  };
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = [] {
    std::vector<Verb> joined = housekeeping();
    std::ranges::move(helpers(), std::back_inserter(joined));
    return joined;
  }();
  return all;
}

}  // namespace omni::gateway
