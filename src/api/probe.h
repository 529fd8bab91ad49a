#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/change.h"
#include "api/known_providers.h"
#include "api/listed_models.h"
#include "json/writer.h"

namespace omni::api {

/// What a test of an account found, and whose fault it is.
struct Probe {
  bool valid = false;
  std::string error, warning;  // empty: none
  std::string_view type = "ok", source = "upstream";
  std::string code;         // the provider's, or ours
  std::optional<int> http;  // the status that the provider answered with
  std::string_view method;  // "models" or "chat"; empty: it was not asked
  std::string text;         // what a model said
  std::string flaw;         // why it did not pass, though the key may be good; empty: it did
  std::optional<ModelList> listed;  // where it was asked for its models and has said
  std::string_view test_status = "active";
  bool forbidden = false;  // the address may not be called
  Millis latency{};
  Clock::Wall tested_at{};
};

/// Asks the provider for its models or, where it tells none or `model` is given, the model for a
/// word.  An error only where whoever asked has left.  What `provider` points at outlives the task.
net::Task<Result<Probe>> probe(Surroundings with, ProbeSubject subject, KnownProvider provider,
                               std::string model);

/// What the provider said of an error of its own, short and without the account's secrets.
std::string words_of(const ProbeAnswer& answer, const store::Connection& connection);

/// Why a model that was asked for a word has not passed its test; empty: it has.
std::string flaw_of(const ProbeAnswer& answer, const store::Connection& connection);

/// The result of a test as the API shows it: members of an object that is open.
void write_probe(json::Writer& writer, const Probe& probe);

/// Keeps what was found with the account, if that is still the one that was tested.
net::Task<Status> note_probe(Surroundings with, store::Connection tested, Probe found);

}  // namespace omni::api
