#pragma once

#include <optional>
#include <string>

#include "dialect/transcription.h"
#include "net/exchange.h"
#include "net/form.h"
#include "net/spool.h"

namespace omni::pipeline {

/// The form that a client sends a recording in, read as it comes: the recording is kept outside of
/// memory, for as many providers as will be asked.  Belongs to one request.
class RecordingForm {
 public:
  static constexpr std::size_t fields_max = 64;
  static constexpr std::size_t field_bytes_max = std::size_t{64} << 10;

  /// A large recording waits in `folder`.  The workers outlive it.
  RecordingForm(net::Workers& workers, std::string folder)
      : recording_(workers, std::move(folder)) {}
  RecordingForm(const RecordingForm&) = delete;
  RecordingForm& operator=(const RecordingForm&) = delete;

  /// To be called once.  Errors are for the client.
  net::Task<Status> read(net::Exchange& exchange);

  /// Whose model is as the client names it.
  const dialect::TranscriptionRequest& request() const { return request_; }
  const net::Spool& recording() const { return recording_; }

 private:
  net::Task<Status> read_parts(net::FormReader& reader);
  Status begin(const net::PartHead& head);
  net::Task<Status> take(std::string_view data);
  Status end();
  Status check() const;

  dialect::TranscriptionRequest request_;
  net::Spool recording_;
  std::string name_, value_;  // of the field that is being read
  bool in_file_ = false;
  bool has_file_ = false;
};

}  // namespace omni::pipeline
