#include "json/envelope.h"

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"
#include "json/index.h"
#include "json/unescape.h"

namespace omni::json {
namespace {

constexpr std::size_t members_expected = 16;

using Edit = Envelope::Edit;

const Edit* find_edit(std::span<const Edit> edits, std::string_view key) {
  const auto found =
      std::find_if(edits.begin(), edits.end(), [&](const Edit& edit) { return edit.key == key; });
  return found == edits.end() ? nullptr : &*found;
}

const char* end_of(std::string_view part) { return part.data() + part.size(); }

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

/// Where to go on from `done` so that the first member that stays has no comma before it: one is
/// there if those before it, which ended at `place`, were removed.
const char* without_comma(const char* done, const char* place, const Envelope::Member& first) {
  const std::string_view gap = between(place, first.whole.data());
  const std::size_t comma = gap.find(',');
  return comma == std::string_view::npos ? done : place + comma + 1;
}

/// Of the array that `place` may be.  The number of its values that were added.
std::uint32_t append_beginning(const Index& index, Index::Token place,
                               std::vector<std::string_view>& values) {
  if (index.first(place) != '[') return 0;
  std::uint32_t count = 0;
  for (Index::Token value = index.first_child(place);
       value != Index::none && count < Envelope::beginning_max; value = index.next_child(value)) {
    values.push_back(index.slice(value));
    ++count;
  }
  return count;
}

}  // namespace

Result<Envelope> Envelope::scan(std::string_view text) {
  const Scratch scratch;
  Index& index = scratch.index;
  if (Status checked = index.build(text); !checked) return std::move(checked).error();
  if (index.first(0) != '{') return Error(Error::Kind::bad_request, "expected a JSON object");

  Result<Envelope> result{Envelope(text)};
  Envelope& envelope = *result;
  envelope.members_.reserve(members_expected);
  for (Index::Token key = index.first_child(0); key != Index::none;) {
    const Index::Token place = Index::value_of(key);
    const std::string_view value = index.slice(place);
    std::string_view name = index.inside(key);
    const std::string_view whole = between(name.data() - 1, end_of(value));
    if (std::ranges::find(name, '\\') != name.end()) {
      auto meant = std::make_unique<const std::string>(unescaped(name));
      name = *envelope.unescaped_keys_.emplace_back(std::move(meant));
    }
    const auto beginning = static_cast<std::uint32_t>(envelope.beginnings_.size());
    const std::uint32_t beginning_size = append_beginning(index, place, envelope.beginnings_);
    envelope.members_.push_back({name, value, whole, beginning, beginning_size});
    key = index.next_child(place);
  }
  const auto key_at = [&](std::size_t i) { return envelope.members_[i].key; };
  if (const auto twice = find_duplicate(envelope.members_.size(), key_at)) {
    return Error(Error::Kind::bad_request, "member \"" + presentable(*twice) + "\" appears twice");
  }
  return result;
}

const Envelope::Member* Envelope::find(std::string_view key) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.key == key; });
  return found == members_.end() ? nullptr : &*found;
}

std::string Envelope::splice(std::span<const Edit> edits) const {
  std::size_t bytes = text_.size();
  for (const Edit& edit : edits) {
    OMNI_ASSERT(find_edit(edits, edit.key) == &edit);
    if (edit.value) bytes += edit.value->text().size() + edit.key.size() + 4;
  }
  std::string out;
  out.reserve(bytes);

  const char* done = text_.data();                 // of the old text, what was dealt with
  const char* place = done + text_.find('{') + 1;  // where the member before ends
  bool first = true;
  for (const Member& member : members_) {
    const Edit* const edit = find_edit(edits, member.key);
    if (edit != nullptr && !edit->value) {
      out.append(between(done, place));
      done = end_of(member.whole);
    } else {
      if (first) done = without_comma(done, place, member);
      if (edit != nullptr) {
        out.append(between(done, member.value.data()));
        out.append(edit->value->text());
        done = end_of(member.whole);
      }
      first = false;
    }
    place = end_of(member.whole);
  }
  out.append(between(done, place));
  done = place;
  for (const Edit& edit : edits) {
    if (!edit.value || find(edit.key) != nullptr) continue;
    out.append(first ? "\"" : ",\"");
    append_json_escaped(out, edit.key);
    out.append("\":");
    out.append(edit.value->text());
    first = false;
  }
  out.append(between(done, end_of(text_)));
  return out;
}

}  // namespace omni::json
