#include "net/form.h"

#include <utility>

namespace omni::net {

Result<std::unique_ptr<FormReader>> FormReader::open(std::string_view content_type,
                                                     ByteSource& body, MultipartLimits limits) {
  const Result<std::string> boundary = multipart_boundary(content_type);
  if (!boundary) return boundary.error();
  return std::unique_ptr<FormReader>(new FormReader(*boundary, body, limits));
}

Task<Result<FormReader::Item>> FormReader::next() {
  while (found_.empty()) {
    if (body_.done()) {
      const Status whole = parser_.finish();
      if (!whole) co_return whole.error();
      co_return Item{};
    }
    const Result<std::string_view> piece = co_await body_.read();
    if (!piece) co_return piece.error();
    const Status fed = parser_.feed(*piece);
    if (!fed) co_return fed.error();
  }
  Item item = std::move(found_.front());
  found_.pop_front();
  co_return item;
}

Status FormReader::part_begin(const PartHead& head) {
  found_.push_back({Item::Kind::part, head, {}});
  return Nothing{};
}

Status FormReader::part_data(std::string_view data) {
  found_.push_back({Item::Kind::data, {}, data});
  return Nothing{};
}

Status FormReader::part_end() {
  found_.push_back({Item::Kind::part_end, {}, {}});
  return Nothing{};
}

}  // namespace omni::net
