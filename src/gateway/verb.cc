// Everything that the program can do.

#include "gateway/verb.h"

namespace omni::gateway {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all{
      {"serve", "", "run the gateway; what happens without a verb", {}, {}, 0, 0, serve},
      {"reset-password", "", "set a new password, also of a running gateway", {},
       {"--password-stdin"}, 0, 0, reset_password},
      {"keys", "add <name> | list | revoke <id>", "API keys for clients",
       {"add", "list", "revoke"}, {"--json"}, 1, 2, manage_keys},
      {"config", "get [<name>] | set <name> <value> | export | apply <file>",
       "settings of a running gateway; --explain: flags and variables",
       {"get", "set", "export", "apply"}, {"--explain", "--json", "--dry-run"}, 0, 3,
       manage_config},
      {"backup", "", "make a backup", {}, {}, 0, 0, back_up},
      {"restore", "[<name>]", "go back to a backup; without a name, list them", {}, {}, 0, 1,
       restore},
      {"rekey", "", "seal all secrets anew, while no gateway runs", {}, {"--passphrase-stdin"}, 0,
       0, rekey},
      {"doctor", "", "look for what is wrong", {}, {}, 0, 0, doctor},
      {"completion", "bash | zsh | fish", "completion for a shell", {"bash", "zsh", "fish"}, {}, 1,
       1, complete},
  };
  return all;
}

}  // namespace omni::gateway
