#include "dialect/media.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "dialect/codec.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using Kind = chat::Media::Kind;

TEST(DataUri, SaysTypeAndContent) {
  const auto uri = parse_data_uri("data:image/png;base64,AAAA");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->mime_type, "image/png");
  EXPECT_EQ(uri->base64, "AAAA");
}

TEST(DataUri, ParametersAndCaseDoNotMatter) {
  const auto uri = parse_data_uri("DATA:text/plain;charset=utf-8;name=a.txt;Base64,AA==");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->mime_type, "text/plain");
  EXPECT_EQ(uri->base64, "AA==");
}

TEST(DataUri, WithoutATypeIsPlainText) {
  EXPECT_EQ(parse_data_uri("data:;base64,AA==")->mime_type, "text/plain");
}

TEST(DataUri, IsNothingElse) {
  for (const std::string_view text :
       {"", "data:", "https://a/b.png", "data:image/png,AAAA", "data:image/png;base64", "data:,",
        "data:base64,AA", "xdata:image/png;base64,AA", "data:image/png;base64x,AA"})
    EXPECT_FALSE(parse_data_uri(text)) << text;
}

TEST(DataUri, IsReadAsItWasWritten) {
  std::string out = "url=";
  append_data_uri(out, "application/pdf", "JVBERg==");
  EXPECT_EQ(out, "url=data:application/pdf;base64,JVBERg==");
  const auto uri = parse_data_uri(std::string_view(out).substr(4));
  EXPECT_EQ(uri->mime_type, "application/pdf");
  EXPECT_EQ(uri->base64, "JVBERg==");
}

TEST(MediaKind, FollowsFromTheType) {
  EXPECT_EQ(media_kind_of("image/webp"), Kind::image);
  EXPECT_EQ(media_kind_of("IMAGE/PNG"), Kind::image);
  EXPECT_EQ(media_kind_of("audio/wav"), Kind::audio);
  EXPECT_EQ(media_kind_of("video/mp4"), Kind::video);
  EXPECT_EQ(media_kind_of("application/pdf"), Kind::document);
  EXPECT_EQ(media_kind_of("text/plain"), Kind::document);
  EXPECT_EQ(media_kind_of("image"), Kind::document);
  EXPECT_EQ(media_kind_of(""), Kind::document);
}

constexpr std::string_view png = "iVBORw0KGgoAAAANSUhEUg";
constexpr std::string_view text = "aGVsbG8gd29ybGQ=";

chat::Media in_base64(std::string type, std::string_view base64) {
  return {.kind = {},
          .form = chat::Media::Form::base64,
          .payload = std::string(base64),
          .mime_type = std::move(type)};
}

TEST(MediaKind, FollowsFromTheFirstBytesWhereTheTypeIsVague) {
  for (const char* type : {"", "text/plain", "application/octet-stream", "IMAGE/PNG", "image/*"})
    EXPECT_EQ(media_kind_of(in_base64(type, png)), Kind::image) << type;
  EXPECT_EQ(media_kind_of(in_base64("application/pdf", png)), Kind::document);
  EXPECT_EQ(media_kind_of(in_base64("text/plain", text)), Kind::document);
  EXPECT_EQ(media_kind_of(in_base64("text/plain", base64_encode("BMW"))), Kind::document);
  EXPECT_EQ(media_kind_of(in_base64("", text)), Kind::document);
}

TEST(ImageType, IsTheOneSaidOrThatOfTheFirstBytes) {
  EXPECT_EQ(image_type_of(in_base64("IMAGE/WebP", png)), "image/webp");
  EXPECT_EQ(image_type_of(in_base64("image/jpg", png)), "image/jpeg");
  for (const char* type : {"", "text/plain", "application/octet-stream", "image/*"})
    EXPECT_EQ(image_type_of(in_base64(type, png)), "image/png") << type;
  EXPECT_EQ(image_type_of(in_base64("image/*", "/9j/4AAQ")), "image/jpeg");
  EXPECT_EQ(image_type_of(in_base64("application/pdf", "JVBERi0x")), "application/pdf");
}

struct Telling {
  chat::Dialect dialect;
  std::string_view path, body;  // with $ for the type
};
constexpr std::array<Telling, 3> tellings{{
    {chat::Dialect::openai_chat, "/v1/chat/completions",
     R"({"model":"m","messages":[{"role":"user","content":[
         {"type":"image_url","image_url":{"url":"data:$;base64,iVBORw0KGgoAAAANSUhEUg"}}]}]})"},
    {chat::Dialect::openai_responses, "/v1/responses",
     R"({"model":"m","input":[{"role":"user","content":[
         {"type":"input_image","image_url":"data:$;base64,iVBORw0KGgoAAAANSUhEUg"}]}]})"},
    {chat::Dialect::gemini, "/v1beta/models/m:generateContent",
     R"({"contents":[{"role":"user","parts":[
         {"inlineData":{"mimeType":"$","data":"iVBORw0KGgoAAAANSUhEUg"}}]}]})"},
}};

TEST(VagueImages, ReachEveryDialectAsWhatTheyAre) {
  for (const Telling& telling : tellings) {
    for (const std::string_view type :
         {"", "application/octet-stream", "image/*", "IMAGE/PNG", "image/png"}) {
      std::string body(telling.body);
      body.replace(body.find('$'), 1, type);
      const auto request = codec_for(telling.dialect).decode_request({telling.path, body});
      ASSERT_TRUE(request) << body;
      for (const chat::Dialect to : {chat::Dialect::anthropic, chat::Dialect::gemini,
                                     chat::Dialect::openai_chat, chat::Dialect::openai_responses}) {
        const std::string sent = codec_for(to).encode_request(*request, {})->body;
        if (to == telling.dialect) {
          EXPECT_NE(sent.find(type), std::string::npos) << body << sent;
          EXPECT_EQ(sent.find("image/png") != std::string::npos, type == "image/png") << sent;
        } else {
          EXPECT_NE(sent.find("image/png"), std::string::npos) << body << sent;
          EXPECT_EQ(sent.find("IMAGE"), std::string::npos) << body << sent;
        }
      }
      const std::string local = codec_for(chat::Dialect::ollama).encode_request(*request, {})->body;
      EXPECT_NE(local.find(R"("images":["iVBOR)"), std::string::npos) << body << local;
    }
  }
}

TEST(TextInBlocks, OfAnthropicReachesEveryDialectAndComesHome) {
  constexpr std::string_view body = R"({"model":"m","max_tokens":9,"messages":[{"role":"user",
      "content":[{"type":"document","source":{"type":"content","content":[
        {"type":"text","text":"first words"},{"type":"text","text":"second words"}]}},
        {"type":"search_result","source":"https://a","title":"A","citations":{"enabled":true},
         "content":[{"type":"text","text":"found words"}]}]}]})";
  const auto request = codec_for(chat::Dialect::anthropic).decode_request({"/v1/messages", body});
  ASSERT_TRUE(request) << request.error().message();
  for (const chat::Dialect to : chat::all_dialects) {
    const Outbound sent = *codec_for(to).encode_request(*request, {});
    for (const char* words : {"first words", "second words", "found words"})
      EXPECT_NE(sent.body.find(words), std::string::npos) << sent.body;
    if (to != chat::Dialect::anthropic) continue;
    EXPECT_EQ(canonical(sent.body), canonical(body));
  }
}

TEST(DecodedText, IsThatOfPlainTextInBase64) {
  chat::Media media{.kind = Kind::document, .form = chat::Media::Form::base64};
  media.payload = base64_encode("# Grüße\n");
  for (const std::string_view type : {"text/plain", "TEXT/Markdown", "text/csv; charset=utf-8"}) {
    media.mime_type = type;
    EXPECT_EQ(decoded_text(media), "# Grüße\n") << type;
  }
  media.mime_type = "application/pdf";
  EXPECT_EQ(decoded_text(media), std::nullopt);
  media.mime_type = "text/plain";
  media.payload = base64_encode("\xFF\xFE");
  EXPECT_EQ(decoded_text(media), std::nullopt) << "no UTF-8";
  media.payload = "no base64";
  EXPECT_EQ(decoded_text(media), std::nullopt);
  media.payload = base64_encode("text");
  media.form = chat::Media::Form::url;
  EXPECT_EQ(decoded_text(media), std::nullopt);
}

TEST(SniffImage, KnowsTheFirstBytesOfImages) {
  using namespace std::string_view_literals;
  EXPECT_EQ(sniff_image(base64_encode("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"sv)), "image/png");
  EXPECT_EQ(sniff_image(base64_encode("\xFF\xD8\xFF\xE0\0\x10JFIF"sv)), "image/jpeg");
  EXPECT_EQ(sniff_image(base64_encode("GIF89a\1\0\1\0"sv)), "image/gif");
  EXPECT_EQ(sniff_image(base64_encode("GIF87a\1\0\1\0"sv)), "image/gif");
  for (const char length : {'\0', '\x7F', '\xFF'}) {
    const std::string riff = "RIFF" + std::string(4, length);
    EXPECT_EQ(sniff_image(base64_encode(riff + "WEBPVP8 ")), "image/webp");
    EXPECT_EQ(sniff_image(base64_encode(riff + "WAVEfmt ")), "image/png");
    EXPECT_EQ(sniff_image(base64_encode("BM" + std::string(8, length))), "image/bmp");
  }
}

TEST(SniffImage, TakesTheRestForPng) {
  for (const std::string_view base64 : {"", "A", "UklGR", "UklGRgAAAAA", "PHN2Zz4=", "Qks="})
    EXPECT_EQ(sniff_image(base64), "image/png") << base64;
}

}  // namespace
}  // namespace omni::dialect
