#pragma once

// Providers for tests that listen and speak, and refuse what the real ones refuse.  Each plays by
// `Provider::play_by`.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/multipart.h"
#include "upstream/test_provider.h"

namespace omni::upstream::testing {

/// A form as it came, part by part.
struct Form {
  struct Part {
    net::PartHead head;
    std::string data;
  };
  std::vector<Part> parts;
  std::string flaw;  // why it is none

  const Part* find(std::string_view name) const;
  /// Of the part of that name; empty where it is not there.
  std::string value(std::string_view name) const;
};
Form read_form(const Asked& asked);

/// OpenAI's /audio/transcriptions and /audio/speech.  It hears "Good morning." in one second and a
/// half, and says the bytes "SPOKEN".
Reply openai_audio(const Asked& asked);

/// Deepgram's /listen.  It hears the same.
Reply deepgram(const Asked& asked);

/// AssemblyAI.  It hears the same, in two seconds.
class Assemblyai {
 public:
  Reply operator()(const Asked& asked);
  /// Jobs are done at the so manieth question.
  void finish_at(std::size_t question) { done_at_ = question; }
  /// Instead of a transcript.
  void fail_with(std::string why) { why_ = std::move(why); }
  /// The next questions are answered with that status.
  void stumble(int status, std::size_t times) {
    stumbles_ = times;
    stumble_status_ = status;
  }

 private:
  Reply take_recording(const Asked& asked);
  Reply take_job(const Asked& asked);
  Reply tell_job(const std::string& id);

  std::size_t done_at_ = 2;
  std::string why_;
  std::size_t stumbles_ = 0;
  int stumble_status_ = 0;
  std::map<std::string, std::size_t> recordings_;  // and how long each is
  std::map<std::string, std::size_t> jobs_;        // and how often each was asked for
};

}  // namespace omni::upstream::testing
