// Everything that the program can do.

#include "gateway/verb.h"

namespace omni::gateway {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all{
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
       .operands = "list | add <provider> [<name>] | add --from-env | test [--json]",
       .summary = "accounts at providers; a key comes on standard input, or --no-key",
       .words = {"list", "add", "test"},
       .switches = {"--from-env", "--json", "--no-key"},
       .operands_min = 1,
       .operands_max = 3,
       .run = manage_providers},
      {.name = "config",
       .operands = "get [<name>] | set <name> <value> | export | apply <file> [--dry-run]",
       .summary = "settings; --explain [--json]: flags and variables",
       .words = {"get", "set", "export", "apply"},
       .switches = {"--dry-run", "--explain", "--json"},
       .operands_max = 3,
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
      {.name = "doctor", .summary = "look for what is wrong, and change nothing", .run = doctor},
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
  return all;
}

}  // namespace omni::gateway
