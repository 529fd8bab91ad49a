// Reads any bytes as JSON in every way that Reader offers, and holds the verdicts of Reader, Raw
// and Envelope against each other.

#include "json/reader.h"

#include "json/envelope.h"
#include "json/writer.h"
#include "target.h"

namespace omni::json {
namespace {

using fuzz::require;

/// Copies a value through Reader and Writer, touching every byte of it.
void copy(Value value, Writer& writer) {
  require(Raw::parse(value.slice()).operator bool());
  switch (value.kind()) {
    case Kind::object:
      writer.begin_object();
      for (const auto [key, member] : value.members()) {
        writer.key(key);
        copy(member, writer);
      }
      writer.end_object();
      break;
    case Kind::array:
      writer.begin_array();
      for (const Value item : value.items()) copy(item, writer);
      writer.end_array();
      break;
    case Kind::text:
      writer.text(value.text());
      break;
    case Kind::boolean:
      writer.boolean(value.boolean());
      break;
    case Kind::null:
      writer.null();
      break;
    case Kind::number:
      writer.raw(value.slice());
      break;
    case Kind::absent:
      require(false);
  }
}

/// What was copied once is in our own spelling, which a second copy does not change.
void copies_are_stable(Reader& reader, Value root) {
  std::string once, twice;
  Writer first(once);
  copy(root, first);
  require(first.complete() && reader.finish());
  Writer second(twice);
  copy(reader.read(once), second);
  require(reader.finish() && once == twice);
}

/// Reads that mostly do not fit: each must leave an error with a path and nothing else.
void wrong_reads(Reader& reader, std::string_view text) {
  for (int kind = 0; kind < 6; ++kind) {
    Value value = reader.read(text);
    while (value && (value.kind() == Kind::object || value.kind() == Kind::array)) {
      Value last;
      if (value.kind() == Kind::object) {
        for (const Member member : value.members()) last = member.value;
      } else {
        for (const Value item : value.items()) last = item;
      }
      if (!last) break;
      value = last;
    }
    switch (kind) {
      case 0:
        value.text();
        break;
      case 1:
        value.integer();
        break;
      case 2:
        value.number();
        break;
      case 3:
        value.boolean();
        break;
      case 4:
        value.at("a").at("b").text();
        break;
      default:
        value.refuse("refused");
        break;
    }
    const bool failed = reader.failed();
    const Status status = reader.finish();
    require(failed != status.operator bool());
    if (!status) require(!status.error().message().empty());
  }
}

void read_as_json(std::string_view text) {
  Reader reader;
  const Value root = reader.read(text);
  const auto raw = Raw::parse(text);
  const auto envelope = Envelope::scan(text);
  if (root) {
    require(raw && raw->text() == root.slice());
    require(envelope.operator bool() == (root.kind() == Kind::object));
  } else {
    // Raw alone lets duplicate members pass.
    require(!envelope && (!raw || raw->text().front() == '{'));
  }
  if (root && envelope) {
    std::size_t position = 0;
    for (const auto [key, value] : root.members()) {
      const Envelope::Member& member = envelope->members()[position++];
      require(member.key == key && member.value == value.slice());
    }
    require(position == envelope->members().size());
  }
  if (root) copies_are_stable(reader, root);
  wrong_reads(reader, text);
}

}  // namespace
}  // namespace omni::json

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  omni::json::read_as_json({reinterpret_cast<const char*>(data), size});
  return 0;
}
