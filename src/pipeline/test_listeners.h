#pragma once

// What those providers of a PipelineTest answer that write recordings down, each as strict as its
// like.

#include <map>
#include <string>

#include "upstream/test_audio.h"

namespace omni::pipeline::testing {

/// For `Provider::play_by`.
class Listeners {
 public:
  upstream::testing::Reply answer(const upstream::testing::Asked& asked) {
    for (const auto& [key, reply] : refusals_) {
      if (asked.field("authorization").ends_with(key)) return reply;
    }
    if (asked.target.starts_with("/dg/")) return upstream::testing::deepgram(asked);
    return asked.target.starts_with("/aa/") ? assemblyai_(asked)
                                            : upstream::testing::openai_audio(asked);
  }
  /// Whoever shows that key gets this instead.
  void refuse(const std::string& key, upstream::testing::Reply reply) {
    refusals_.emplace(key, std::move(reply));
  }
  upstream::testing::Assemblyai& assemblyai() { return assemblyai_; }

 private:
  upstream::testing::Assemblyai assemblyai_;
  std::map<std::string, upstream::testing::Reply> refusals_;
};

/// What came in the file of a form.
inline std::string recording_in(const upstream::testing::Asked& asked) {
  return upstream::testing::read_form(asked).value("file");
}

}  // namespace omni::pipeline::testing
