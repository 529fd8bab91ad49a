#include "upstream/test_audio.h"

#include <algorithm>
#include <array>

#include "json/scratch_reader.h"
#include "net/url.h"

namespace omni::upstream::testing {
namespace {

constexpr std::string_view plain_heard = R"({"text":"Good morning."})";
constexpr std::string_view counted_heard =
    R"({"text":"Good morning.","usage":{"type":"tokens","input_tokens":14,"output_tokens":4,)"
    R"("total_tokens":18,"input_token_details":{"text_tokens":0,"audio_tokens":14}}})";
constexpr std::string_view verbose_heard =
    R"({"task":"transcribe","language":"english","duration":1.5,"text":"Good morning.",)"
    R"("segments":[{"id":0,"seek":0,"start":0.0,"end":1.5,"text":" Good morning.","tokens":[1],)"
    R"("temperature":0.0,"avg_logprob":-0.2,"compression_ratio":0.7,"no_speech_prob":0.01}],)"
    R"("usage":{"type":"duration","seconds":2}})";
constexpr std::string_view deepgram_heard =
    R"({"metadata":{"request_id":"r","duration":1.5,"channels":1},"results":{"channels":[)"
    R"({"detected_language":"en","alternatives":[{"transcript":"Good morning.","confidence":0.99,)"
    R"("words":[{"word":"good","start":0.0,"end":0.5,"punctuated_word":"Good"},)"
    R"({"word":"morning","start":0.5,"end":1.25,"punctuated_word":"morning."}],)"
    R"("paragraphs":{"transcript":"\nGood morning.","paragraphs":[{"sentences":[)"
    R"({"text":"Good morning.","start":0.0,"end":1.25}],"start":0.0,"end":1.25}]}}]}]}})";

constexpr std::string_view delta_heard =
    "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Good morning.\"}\n\n";
constexpr std::string_view done_heard =
    "data: {\"type\":\"transcript.text.done\",\"text\":\"Good morning.\",\"usage\":"
    "{\"type\":\"tokens\",\"input_tokens\":14,\"output_tokens\":4,\"total_tokens\":18}}\n\n";

template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

Reply refusal(int status, const std::string& message) {
  return json_reply(R"({"error":{"message":")" + message + R"(","type":"invalid_request_error"}})",
                    status);
}

Reply plain(std::string type, std::string body) {
  Reply reply;
  reply.type = std::move(type);
  reply.pieces.push_back(std::move(body));
  return reply;
}

class FormSink final : public net::PartSink {
 public:
  explicit FormSink(Form& form) : form_(form) {}
  Status part_begin(const net::PartHead& head) override {
    form_.parts.push_back({head, {}});
    return Nothing{};
  }
  Status part_data(std::string_view data) override {
    form_.parts.back().data.append(data);
    return Nothing{};
  }
  Status part_end() override { return Nothing{}; }

 private:
  Form& form_;
};

bool has_known_extension(std::string_view name) {
  constexpr std::array<std::string_view, 9> known{".flac", ".mp3",  ".mp4", ".mpeg", ".mpga",
                                                  ".m4a",  ".ogg", ".wav", ".webm"};
  return std::ranges::any_of(known, [name](auto end) { return name.ends_with(end); });
}

std::string flaw_of(const Form& form) {
  constexpr std::array<std::string_view, 12> known{
      "file",    "model",       "language",         "prompt",    "response_format",
      "stream",  "temperature", "chunking_strategy", "include[]", "timestamp_granularities[]",
      "languages[]", "keywords[]"};
  if (!form.flaw.empty()) return form.flaw;
  for (const Form::Part& part : form.parts) {
    if (!is_one_of(known, part.head.name)) return "Unknown field " + part.head.name;
  }
  const Form::Part* const file = form.find("file");
  if (file == nullptr || !file->head.filename) return "file is required";
  if (file->data.empty() || !has_known_extension(*file->head.filename)) {
    return "Invalid file format.";
  }
  return form.value("model").empty() ? "you must provide a model parameter" : "";
}

Reply hear(const Asked& asked) {
  const Form form = read_form(asked);
  if (const std::string flaw = flaw_of(form); !flaw.empty()) return refusal(400, flaw);
  const std::string format = form.value("response_format");
  if (form.value("model").starts_with("gpt-")) {
    if (!format.empty() && format != "json") return refusal(400, "response_format is invalid");
    if (form.value("stream") != "true") return json_reply(std::string(counted_heard));
    return stream_reply({std::string(delta_heard), std::string(done_heard)});
  }
  if (format.empty() || format == "json") return json_reply(std::string(plain_heard));
  if (format == "verbose_json") return json_reply(std::string(verbose_heard));
  if (format == "text") return plain("text/plain; charset=utf-8", "Good morning.\n");
  if (format == "vtt") {
    return plain("text/plain; charset=utf-8",
                 "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGood morning.\n\n");
  }
  if (format != "srt") return refusal(400, "response_format is invalid");
  return plain("text/plain; charset=utf-8",
               "1\n00:00:00,000 --> 00:00:01,500\nGood morning.\n\n");
}

std::string flaw_of_speech(const Asked& asked) {
  constexpr std::array<std::string_view, 7> known{
      "model", "input", "voice", "instructions", "response_format", "speed", "stream_format"};
  constexpr std::size_t input_max = 4096;
  if (asked.field("content-type") != "application/json") return "expected application/json";
  json::ScratchReader reader;
  const json::Value root = reader->read(asked.body);
  if (root.kind() != json::Kind::object) return "could not parse the JSON body";
  for (const auto [name, value] : root.members()) {
    if (!is_one_of(known, name)) return "Unrecognized request argument " + std::string(name);
  }
  if (root.find("model").text().empty()) return "you must provide a model parameter";
  if (root.find("voice").text().empty()) return "voice is required";
  const std::string_view input = root.find("input").text();
  return input.empty() || input.size() > input_max ? "input must be of 1 to 4096" : "";
}

Reply speak(const Asked& asked) {
  if (const std::string flaw = flaw_of_speech(asked); !flaw.empty()) return refusal(400, flaw);
  json::ScratchReader reader;
  const json::Value root = reader->read(asked.body);
  if (root.find("stream_format").text() == "sse") {
    return stream_reply({"data: {\"type\":\"speech.audio.delta\",\"audio\":\"U1BPS0VO\"}\n\n",
                         "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":3,"
                         "\"output_tokens\":9,\"total_tokens\":12}}\n\n"});
  }
  const std::string_view format = root.find("response_format").text();
  Reply reply = plain(format == "wav" ? "audio/wav" : "audio/mpeg", "SPO");
  reply.pieces.emplace_back("KEN");
  return reply;
}

}  // namespace

const Form::Part* Form::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(parts, [name](const Part& part) { return part.head.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

std::string Form::value(std::string_view name) const {
  const Part* const part = find(name);
  return part == nullptr ? std::string() : part->data;
}

Form read_form(const Asked& asked) {
  Form form;
  const Result<std::string> boundary = net::multipart_boundary(asked.field("content-type"));
  if (!boundary) {
    form.flaw = boundary.error().message();
    return form;
  }
  FormSink sink(form);
  net::MultipartParser parser(*boundary, sink);
  Status read = parser.feed(asked.body);
  if (read) read = parser.finish();
  if (!read) form.flaw = read.error().message();
  return form;
}

Reply openai_audio(const Asked& asked) {
  if (asked.method != "POST") return refusal(405, "Not allowed to GET");
  if (!asked.field("authorization").starts_with("Bearer ")) {
    return refusal(401, "You did not provide an API key.");
  }
  if (asked.target.ends_with("/audio/transcriptions")) return hear(asked);
  if (asked.target.ends_with("/audio/speech")) return speak(asked);
  return refusal(404, "Invalid URL");
}

Reply deepgram(const Asked& asked) {
  const auto refuse = [](int status, const std::string& code, const std::string& message) {
    return json_reply(R"({"err_code":")" + code + R"(","err_msg":")" + message + R"("})", status);
  };
  if (!asked.field("authorization").starts_with("Token ")) {
    return refuse(401, "INVALID_AUTH", "Invalid credentials.");
  }
  const std::string_view target = asked.target;
  const std::size_t mark = target.find('?');
  if (asked.method != "POST" || !target.substr(0, mark).ends_with("/listen")) {
    return refuse(404, "NOT_FOUND", "Not found.");
  }
  const std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  if (net::query_value(query, "model").value_or("").empty()) {
    return refuse(400, "Bad Request", "No such model/language/tier combination found.");
  }
  const bool named = net::query_value(query, "language").has_value();
  const bool detects = net::query_value(query, "detect_language") == "true";
  if (named == detects) return refuse(400, "Bad Request", "language and detect_language");
  const std::string type = asked.field("content-type");
  if (asked.body.empty() || type.starts_with("multipart/") || type == "application/json") {
    return refuse(400, "Bad Request", "corrupt or unsupported data");
  }
  return json_reply(std::string(deepgram_heard));
}

Reply Assemblyai::operator()(const Asked& asked) {
  const std::string key = asked.field("authorization");
  if (key.empty() || key.find(' ') != std::string::npos) {
    return json_reply(R"({"error":"Authentication error, API token missing/invalid"})", 401);
  }
  if (asked.method == "POST" && asked.target.ends_with("/upload")) return take_recording(asked);
  if (asked.method == "POST" && asked.target.ends_with("/transcript")) return take_job(asked);
  const std::size_t slash = asked.target.rfind('/');
  if (asked.method == "GET" && asked.target.substr(0, slash).ends_with("/transcript")) {
    return tell_job(asked.target.substr(slash + 1));
  }
  return json_reply(R"({"error":"Not found"})", 404);
}

Reply Assemblyai::take_recording(const Asked& asked) {
  if (asked.body.empty() || asked.field("content-type") != "application/octet-stream") {
    return json_reply(R"({"error":"Upload failed, please try again."})", 422);
  }
  const std::string url = "https://cdn.assemblyai.example/" + std::to_string(recordings_.size());
  recordings_[url] = asked.body.size();
  return json_reply(R"({"upload_url":")" + url + R"("})");
}

Reply Assemblyai::take_job(const Asked& asked) {
  json::ScratchReader reader;
  const json::Value root = reader->read(asked.body);
  const auto refuse = [](const std::string& why) {
    return json_reply(R"({"error":")" + why + R"("})", 400);
  };
  if (root.kind() != json::Kind::object) return refuse("Invalid JSON");
  for (const auto [name, value] : root.members()) {
    const bool known = name == "audio_url" || name == "speech_model" || name == "language_code" ||
                       name == "language_detection";
    if (!known) return refuse("Invalid endpoint schema: " + std::string(name));
  }
  if (!recordings_.contains(std::string(root.find("audio_url").text()))) {
    return refuse("audio_url is not reachable");
  }
  const bool detects = root.find("language_detection").boolean();
  if (detects == !root.find("language_code").text().empty()) return refuse("one language");
  const std::string id = "job-" + std::to_string(jobs_.size());
  jobs_[id] = 0;
  return json_reply(R"({"id":")" + id + R"(","status":"queued"})");
}

Reply Assemblyai::tell_job(const std::string& id) {
  if (stumbles_ > 0) {
    --stumbles_;
    return json_reply(R"({"error":"try again"})", stumble_status_);
  }
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return json_reply(R"({"error":"Transcript lookup error"})", 400);
  const std::string head = R"({"id":")" + id + R"(","status":")";
  if (++found->second < done_at_) return json_reply(head + R"(processing"})");
  if (!why_.empty()) return json_reply(head + R"(error","error":")" + why_ + R"("})");
  return json_reply(head +
                    R"(completed","text":"Good morning.","language_code":"en_us",)"
                    R"("audio_duration":2,"words":[{"text":"Good","start":0,"end":500},)"
                    R"({"text":"morning.","start":500,"end":1250}],"error":null})");
}

}  // namespace omni::upstream::testing
