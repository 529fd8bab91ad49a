#include "upstream/transcription.h"

#include "dialect/assemblyai.h"
#include "dialect/deepgram.h"
#include "dialect/openai_chat/transcription.h"
#include "net/multipart_writer.h"
#include "upstream/special/assemblyai.h"

namespace omni::upstream {
namespace {

using catalog::TranscriptionForm;
using dialect::Transcript;
using dialect::TranscriptionRequest;
using dialect::TranscriptReply;

TranscriptionForm form_of(const catalog::Provider& provider) {
  return provider.transcriptions ? provider.transcriptions->form : TranscriptionForm::openai;
}

net::Task<Result<std::unique_ptr<Answer>>> ask_openai(Upstream& upstream,
                                                      const Destination& destination,
                                                      Recording recording, std::string boundary) {
  const TranscriptionRequest& request = *recording.request;
  const std::unique_ptr<net::ByteSource> bytes = recording.bytes->open();
  net::MultipartSource form(std::move(boundary));
  for (const auto& [name, value] : dialect::openai_fields(request)) form.add_field(name, value);
  form.set_file({.name = "file",
                 .filename = request.file_name.empty() ? "audio" : request.file_name,
                 .content_type = std::string(media_type_of(request))},
                *bytes);
  const std::string type = form.content_type();
  Question question("/audio/transcriptions");
  question.content_type = type;
  question.source = &form;
  co_return co_await upstream.ask(destination, question);
}

net::Task<Result<std::unique_ptr<Answer>>> ask_deepgram(Upstream& upstream,
                                                        const Destination& destination,
                                                        Recording recording) {
  const std::unique_ptr<net::ByteSource> bytes = recording.bytes->open();
  const std::string path = dialect::deepgram_path(*recording.request);
  Question question(path);
  question.content_type = media_type_of(*recording.request);
  question.source = bytes.get();
  co_return co_await upstream.ask(destination, question);
}

Result<TranscriptReply> written(const Result<Transcript>& transcript,
                                const TranscriptionRequest& request) {
  if (!transcript) return transcript.error();
  return write_transcript(*transcript, request);
}

}  // namespace

const account::Base* transcription_base(const account::Account& account) {
  if (account.transcriptions) return &*account.transcriptions;
  const account::Base* const base = account.find_base(chat::Dialect::openai_chat);
  return base != nullptr && base->chat_path.empty() ? base : nullptr;
}

net::Task<Result<std::unique_ptr<Answer>>> ask_for_transcript(Upstream& upstream,
                                                              const Destination& destination,
                                                              Recording recording,
                                                              std::string boundary) {
  switch (form_of(*destination.account->provider)) {
    case TranscriptionForm::deepgram:
      co_return co_await ask_deepgram(upstream, destination, recording);
    case TranscriptionForm::assemblyai: {
      const std::unique_ptr<net::ByteSource> bytes = recording.bytes->open();
      co_return co_await ask_assemblyai(upstream, destination, *recording.request, *bytes);
    }
    case TranscriptionForm::openai:
      break;
  }
  co_return co_await ask_openai(upstream, destination, recording, std::move(boundary));
}

Result<TranscriptReply> read_transcript(const catalog::Provider& provider, std::string_view type,
                                        std::string body, const TranscriptionRequest& request) {
  switch (form_of(provider)) {
    case TranscriptionForm::deepgram:
      return written(dialect::read_deepgram(body), request);
    case TranscriptionForm::assemblyai:
      return written(dialect::read_assemblyai(body), request);
    case TranscriptionForm::openai:
      break;
  }
  return dialect::read_openai_transcript(type, std::move(body), request);
}

}  // namespace omni::upstream
