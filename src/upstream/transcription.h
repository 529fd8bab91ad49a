#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dialect/transcription.h"
#include "net/spool.h"
#include "upstream/upstream.h"

namespace omni::upstream {

/// Something that shall be written down.  What it points to outlives the calls.
struct Recording {
  const dialect::TranscriptionRequest* request = nullptr;
  const net::Spool* bytes = nullptr;
};

/// Where the account takes recordings; null where it takes none.
const account::Base* transcription_base(const account::Account& account);

/// Gives the recording to a provider in the form that it wants.  `boundary` stands nowhere in it.
net::Task<Result<std::unique_ptr<Answer>>> ask_for_transcript(Upstream& upstream,
                                                              const Destination& destination,
                                                              Recording recording,
                                                              std::string boundary);

/// What such a provider says when all is well, as the client shall have it.
Result<dialect::TranscriptReply> read_transcript(const catalog::Provider& provider,
                                                 std::string_view type, std::string body,
                                                 const dialect::TranscriptionRequest& request);

}  // namespace omni::upstream
