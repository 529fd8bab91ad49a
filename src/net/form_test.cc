#include "net/form.h"

#include <gtest/gtest.h>

#include <string>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::RawClient;
using testing::TestServer;
using testing::World;

constexpr std::string_view form =
    "--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n"
    "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
    "content-type: audio/wav\r\n\r\nRIFF\r\n--b--\r\n";

/// Tells what it finds as "name=data;".
Task<Status> tell(Exchange& exchange) {
  const auto reader = FormReader::open(exchange.request().field("content-type"), exchange.body());
  if (!reader) co_return reader.error();
  std::string told;
  for (;;) {
    const Result<FormReader::Item> item = co_await (*reader)->next();
    if (!item) co_return item.error();
    if (item->kind == FormReader::Item::Kind::end) break;
    if (item->kind == FormReader::Item::Kind::part) told.append(item->head.name).append("=");
    told.append(item->data);
    if (item->kind == FormReader::Item::Kind::part_end) told.append(";");
  }
  co_return co_await exchange.reply_json(200, told);
}

std::string request_with(std::string_view body) {
  std::string request =
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\n"
      "content-length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  return request.append(body);
}

TEST(FormReader, FindsThePartsHoweverTheBodyIsCut) {
  World world;
  TestServer server(world, tell);
  const std::string request = request_with(form);
  for (std::size_t cut = 0; cut < request.size(); cut += 7) {
    RawClient client(server.port());
    client.send(std::string_view(request).substr(0, cut));
    client.send(std::string_view(request).substr(cut));
    EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nmodel=whisper;file=RIFF;")) << cut;
  }
}

TEST(FormReader, RefusesABodyWithoutItsEndAndATypeThatIsNoForm) {
  World world;
  TestServer server(world, tell);
  RawClient client(server.port());
  client.send(request_with(form.substr(0, form.size() - 6)));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 400 "));
  client.send(
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1\r\n\r\nx");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace omni::net
