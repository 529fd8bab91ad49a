#include "net/multipart_writer.h"

#include <gtest/gtest.h>

#include "net/form.h"
#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::CountedSource;
using testing::World;

class MultipartWriterTest : public ::testing::Test {
 protected:
  std::string written() {
    std::string body;
    world_.run([&]() -> Task<> {
      Result<std::string> whole = co_await read_all(form_, std::size_t{1} << 20);
      EXPECT_TRUE(whole);
      if (whole) body = *std::move(whole);
    });
    return body;
  }
  /// What a reader finds, as "name(filename,type)=data;".
  std::string read_back() {
    std::string told;
    world_.run([&]() -> Task<> {
      const auto reader = FormReader::open(form_.content_type(), form_);
      if (!reader) co_return;
      for (;;) {
        const Result<FormReader::Item> item = co_await (*reader)->next();
        if (!item) told += item.error().message();
        if (!item || item->kind == FormReader::Item::Kind::end) break;
        if (item->kind == FormReader::Item::Kind::part) {
          const PartHead& head = item->head;
          told.append(head.name).append("(").append(head.filename.value_or("-")).append(",");
          told.append(head.content_type).append(")=");
        }
        told.append(item->data);
        if (item->kind == FormReader::Item::Kind::part_end) told.append(";");
      }
    });
    return told;
  }

  World world_;
  MultipartSource form_{"b0undary"};
};

TEST_F(MultipartWriterTest, WritesFieldsAndTheFile) {
  CountedSource file(7, 3);
  file.tells_length = true;
  form_.add_field("model", "whisper-1");
  form_.set_file({.name = "file", .filename = "a.mp3", .content_type = "audio/mpeg"}, file);
  EXPECT_EQ(form_.content_type(), "multipart/form-data; boundary=b0undary");
  EXPECT_EQ(written(),
            "--b0undary\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
            "--b0undary\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n"
            "content-type: audio/mpeg\r\n\r\nbbbbbbb\r\n--b0undary--\r\n");
}

TEST_F(MultipartWriterTest, IsReadAsItWasMeant) {
  CountedSource file(4, 3);
  file.tells_length = true;
  form_.add_field("prompt", "two\r\nlines \"quoted\"");
  form_.add_field("timestamp_granularities[]", "word");
  form_.add_field("timestamp_granularities[]", "segment");
  form_.set_file({.name = "file", .filename = "Köln.wav", .content_type = {}}, file);
  EXPECT_EQ(read_back(),
            "prompt(-,)=two\r\nlines \"quoted\";timestamp_granularities[](-,)=word;"
            "timestamp_granularities[](-,)=segment;file(Köln.wav,)=bbbb;");
}

TEST_F(MultipartWriterTest, LetsNoNameBreakOutOfItsLine) {
  CountedSource file(1, 1);
  file.tells_length = true;
  form_.set_file({.name = "file", .filename = "a\"\r\nx: y", .content_type = {}}, file);
  EXPECT_EQ(read_back(), "file(a%22%0D%0Ax: y,)=b;");
}

TEST_F(MultipartWriterTest, AnnouncesItsLength) {
  CountedSource file(5, 2);
  file.tells_length = true;
  form_.add_field("model", "m");
  form_.set_file({.name = "file", .filename = "a", .content_type = {}}, file);
  const std::uint64_t announced = form_.announced().value_or(0);
  EXPECT_EQ(written().size(), announced);
}

TEST_F(MultipartWriterTest, TakesAFileWithNothingInIt) {
  CountedSource file(0, 1);
  file.tells_length = true;
  form_.set_file({.name = "file", .filename = "a", .content_type = {}}, file);
  EXPECT_EQ(read_back(), "file(a,)=;");
}

}  // namespace
}  // namespace omni::net
