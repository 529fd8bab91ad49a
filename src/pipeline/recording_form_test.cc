#include "pipeline/recording_form.h"

#include <gtest/gtest.h>

#include "net/test_net.h"

namespace omni::pipeline {
namespace {

using net::testing::RawClient;
using net::testing::TestServer;

std::string field(std::string_view name, std::string_view value) {
  std::string part = "--b\r\ncontent-disposition: form-data; name=\"";
  return part.append(name).append("\"\r\n\r\n").append(value).append("\r\n");
}

std::string file(std::string_view bytes) {
  std::string part =
      "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
      "content-type: audio/wav\r\n\r\n";
  return part.append(bytes).append("\r\n");
}

constexpr std::string_view form_end = "--b--\r\n";
constexpr std::string_view form_type = "multipart/form-data; boundary=b";

class RecordingFormTest : public ::testing::Test {
 protected:
  /// What the form says, or the status and the message of its refusal.
  std::string read(const std::string& body, std::string_view type = form_type) {
    RawClient client(server_.port());
    std::string request = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ";
    request.append(type).append("\r\ncontent-length: ").append(std::to_string(body.size()));
    client.send(request.append("\r\n\r\n").append(body));
    const std::string answer = client.read_answer();
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

 private:
  net::Task<Status> tell(net::Exchange& exchange) {
    exchange.set_body_bytes_max(std::uint64_t{3} << 20);
    RecordingForm form(workers_, ::testing::TempDir());
    const Status read = co_await form.read(exchange);
    std::string told;
    if (!read) {
      told = std::to_string(net::status_of(read.error().kind())) + " " + read.error().message();
    } else {
      const dialect::TranscriptionRequest& request = form.request();
      told = request.model + " " + request.file_name + " " + request.media_type + " " +
             std::to_string(form.recording().size());
      for (const auto& [name, value] : request.fields) told += " " + name + "=" + value;
    }
    co_return co_await exchange.reply(200, {}, told);
  }

  net::testing::World world_;
  net::Workers workers_{1};
  TestServer server_{world_, [this](net::Exchange& exchange) { return tell(exchange); }};
};

TEST_F(RecordingFormTest, IsUnderstoodInWhateverOrder) {
  const std::string model = field("model", "groq/whisper"), language = field("language", "en");
  const std::string end(form_end);
  EXPECT_EQ(read(file("RIFF") + language + model + end),
            "groq/whisper a.wav audio/wav 4 language=en");
  EXPECT_EQ(read(model + language + file("RIFF") + end),
            "groq/whisper a.wav audio/wav 4 language=en");
}

TEST_F(RecordingFormTest, TakesMoreThanMemoryShall) {
  const std::string bytes(std::size_t{2} << 20, 'x');
  EXPECT_EQ(read(field("model", "m") + file(bytes) + std::string(form_end)),
            "m a.wav audio/wav 2097152");
}

TEST_F(RecordingFormTest, SaysWhatIsMissing) {
  const std::string end(form_end);
  EXPECT_EQ(read(file("RIFF") + end), "400 Missing model");
  EXPECT_EQ(read(field("model", "") + file("RIFF") + end), "400 Missing model");
  EXPECT_EQ(read(field("model", "m") + end), "400 file is required");
  EXPECT_EQ(read(field("model", "m") + file("") + end), "400 file is required");
}

TEST_F(RecordingFormTest, IsRefusedWhereItIsNone) {
  const std::string end(form_end);
  EXPECT_EQ(read("{}", "application/json"), "400 Invalid multipart form data");
  EXPECT_EQ(read("nonsense"), "400 Invalid multipart form data");
  EXPECT_EQ(read(field("model", "m") + file("RIFF")), "400 Invalid multipart form data");
  EXPECT_EQ(read(field("model", "\xff") + file("RIFF") + end), "400 Invalid multipart form data");
  EXPECT_EQ(read(field("model", "m") + file("a") + file("b") + end),
            "400 Invalid multipart form data");
}

TEST_F(RecordingFormTest, IsRefusedWhereAFieldSaysWhatIsNot) {
  const std::string end(form_end);
  EXPECT_TRUE(read(field("response_format", "mp3") + field("model", "m") + file("R") + end)
                  .starts_with("400 response_format must be"));
}

TEST_F(RecordingFormTest, IsRefusedWhereItIsTooLarge) {
  const std::string end(form_end);
  EXPECT_EQ(read(field("prompt", std::string(70'000, 'p')) + end),
            "413 A field of the form is too long");
  std::string many;
  for (int i = 0; i < 70; ++i) many += field("x", "y");
  EXPECT_TRUE(read(many + end).starts_with("413 "));
  EXPECT_TRUE(read(file(std::string(std::size_t{4} << 20, 'x')) + end).starts_with("413 "));
}

}  // namespace
}  // namespace omni::pipeline
