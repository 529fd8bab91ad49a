#include "dialect/media.h"

#include <array>
#include <utility>

#include "base/strings.h"
#include "json/raw.h"

namespace omni::dialect {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

std::optional<DataUri> parse_data_uri(std::string_view uri) {
  constexpr std::string_view scheme = "data:";
  constexpr std::string_view encoding = ";base64";
  if (!starts_with_ignoring_case(uri, scheme)) return std::nullopt;
  uri.remove_prefix(scheme.size());
  const std::size_t comma = uri.find(',');
  if (comma == std::string_view::npos || comma < encoding.size()) return std::nullopt;
  std::string_view head = uri.substr(0, comma);
  if (!equals_ignoring_case(head.substr(head.size() - encoding.size()), encoding))
    return std::nullopt;
  // Between the type and the encoding there may be parameters, such as a charset or a file name.
  const std::string_view type = trim(cut(head, ';'));
  return DataUri{type.empty() ? "text/plain" : type, uri.substr(comma + 1)};
}

void append_data_uri(std::string& out, std::string_view mime_type, std::string_view base64) {
  out.append("data:").append(mime_type).append(";base64,").append(base64);
}

chat::Media::Kind media_kind_of(std::string_view mime_type) {
  using Kind = chat::Media::Kind;
  constexpr std::array<std::pair<std::string_view, Kind>, 3> kinds{
      {{"image/", Kind::image}, {"audio/", Kind::audio}, {"video/", Kind::video}}};
  for (const auto& [prefix, kind] : kinds) {
    if (starts_with_ignoring_case(mime_type, prefix)) return kind;
  }
  return Kind::document;
}

namespace {

/// Empty where the first bytes are of no image that we know.
std::string_view known_image(std::string_view base64) {
  struct Magic {
    std::string_view head;  // in base64, as far as whole characters of it are certain
    std::size_t tail_at;
    std::string_view tail;
    std::string_view mime_type;
  };
  constexpr std::array<Magic, 8> magics{{
      {"iVBORw0KGgo", 0, "", "image/png"},
      {"/9j/", 0, "", "image/jpeg"},
      {"R0lGOD", 0, "", "image/gif"},
      {"UklGR", 12, "RUJQ", "image/webp"},  // RIFF, four bytes of length, WEBP
      {"Qk0", 0, "", "image/bmp"},
      {"Qk1", 0, "", "image/bmp"},
      {"Qk2", 0, "", "image/bmp"},
      {"Qk3", 0, "", "image/bmp"},
  }};
  for (const Magic& magic : magics) {
    if (!base64.starts_with(magic.head)) continue;
    if (magic.tail.empty() ||
        (base64.size() > magic.tail_at && base64.substr(magic.tail_at).starts_with(magic.tail)))
      return magic.mime_type;
  }
  return {};
}

}  // namespace

chat::Media::Kind media_kind_of(const chat::Media& media) {
  using Kind = chat::Media::Kind;
  const Kind kind = media_kind_of(media.mime_type);
  if (kind != Kind::document || equals_ignoring_case(media.mime_type, "application/pdf"))
    return kind;
  const std::string_view type = known_image(media.payload);
  const bool sure = !type.empty() && type != "image/bmp";  // a text may begin with BM
  return sure ? Kind::image : kind;
}

std::string image_type_of(const chat::Media& media) {
  std::string said = to_lower(media.mime_type);
  if (said == "image/jpg") return "image/jpeg";
  const bool vague = said.empty() || said == "image/*";
  if (media.form != chat::Media::Form::base64 || (said.starts_with("image/") && !vague))
    return said;
  const std::string_view type = known_image(media.payload);
  if (!type.empty()) return std::string(type);
  return vague ? std::string(sniff_image(media.payload)) : said;
}

std::optional<std::string> decoded_text(const chat::Media& media) {
  const bool encoded = media.form == chat::Media::Form::base64 &&
                       starts_with_ignoring_case(media.mime_type, "text/");
  if (!encoded) return std::nullopt;
  std::optional<std::string> text = base64_decode(media.payload);
  if (text && !json::Raw::parse(json::Raw::quote(*text).text())) text.reset();  // is it UTF-8?
  return text;
}

std::string_view sniff_image(std::string_view base64) {
  const std::string_view type = known_image(base64);
  return type.empty() ? "image/png" : type;
}

}  // namespace omni::dialect
