// A text is a row of members: a number ends with a blank, a text has its length before it, a list
// its count, and what may be missing or may be one of several things a number that says which.
// Both directions follow the same walk over the members.

#include "recall/answer_text.h"

#include <charconv>
#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace omni::recall {
namespace {

/// Of what to_text() writes: whoever changes a walk changes it.
constexpr std::int64_t version = 2;
/// Parts in results of tools in parts; no dialect nests them deeper than twice.
constexpr int depth_max = 16;

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;
template <class T, class Struct>
concept A = std::same_as<std::remove_const_t<T>, Struct>;

// Structs are taken apart by name, so that one that gets another member does not compile before it
// is written down here as well.

void walk(auto& pen, A<chat::Extras> auto& value) {
  auto& [dialect, spelling, members] = value;
  pen.all(dialect, spelling, members);
}
void walk(auto& pen, A<chat::Seal> auto& value) {
  auto& [issuer, bytes] = value;
  pen.all(issuer, bytes);
}
void walk(auto& pen, A<chat::Text> auto& value) {
  auto& [text] = value;
  pen.all(text);
}
void walk(auto& pen, A<chat::Refusal> auto& value) {
  auto& [text] = value;
  pen.all(text);
}
void walk(auto& pen, A<chat::Reasoning> auto& value) {
  auto& [text, summary, redacted] = value;
  pen.all(text, summary, redacted);
}
void walk(auto& pen, A<chat::Media> auto& value) {
  auto& [kind, form, payload, mime_type, name, detail] = value;
  pen.all(kind, form, payload, mime_type, name, detail);
}
void walk(auto& pen, A<chat::ToolCall> auto& value) {
  auto& [id, space, name, input, form, runner] = value;
  pen.all(id, space, name, input, form, runner);
}
void walk(auto& pen, A<chat::ToolResult> auto& value) {
  auto& [call_id, name, content, is_error] = value;
  pen.all(call_id, name, content, is_error);
}
void walk(auto& pen, A<chat::Opaque> auto& value) {
  auto& [dialect, item] = value;
  pen.all(dialect, item);
}
void walk(auto& pen, A<chat::Part> auto& value) {
  auto& [body, seal, cache_control, extras] = value;
  pen.all(body, seal, cache_control, extras);
}
void walk(auto& pen, A<chat::Usage> auto& value) {
  auto& [fresh, read, write, write_1h, audio_in, image_in, text, reasoning, audio_out, image_out,
         images, audio_ms, service, wire] = value;
  pen.all(fresh, read, write, write_1h, audio_in, image_in);
  pen.all(text, reasoning, audio_out, image_out, images, audio_ms, service, wire);
}
void walk(auto& pen, A<chat::Choice> auto& value) {
  auto& [parts, finish, finish_word, stop_sequence, extras] = value;
  pen.all(parts, finish, finish_word, stop_sequence, extras);
}
void walk(auto& pen, A<chat::Reply> auto& value) {
  auto& [source, id, model, created, choices, usage, extras] = value;
  pen.all(source, id, model, created, choices, usage, extras);
}
void walk(auto& pen, A<Answer> auto& value) {
  auto& [reply, id, time_s, model, cost_nano, bytes] = value;
  pen.all(reply, id, time_s, model, cost_nano, bytes);
}

class Pen {
 public:
  explicit Pen(std::string& out) : out_(out) {}

  void all(const auto&... members) { (put(members), ...); }
  template <Number T>
  void put(T number) {
    out_ += std::to_string(static_cast<std::int64_t>(number));
    out_ += ' ';
  }
  void put(std::string_view text) {
    put(text.size());
    out_ += text;
  }
  void put(const std::string& text) { put(std::string_view(text)); }
  void put(const json::Raw& raw) { put(raw.text()); }
  void put(const json::RawMembers::value_type& member) { all(member.first, member.second); }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    for (const T& value : values) put(value);
  }
  template <class... T>
  void put(const std::variant<T...>& value) {
    put(value.index());
    std::visit([this](const auto& each) { this->put(each); }, value);
  }
  template <class T>
    requires std::is_class_v<T>
  void put(const T& value) {
    walk(*this, value);
  }

 private:
  std::string& out_;
};

constexpr auto last_of(chat::Dialect) { return chat::all_dialects.back(); }
constexpr auto last_of(chat::Service) { return chat::Service::priority; }
constexpr auto last_of(chat::Finish) { return chat::Finish::paused; }
constexpr auto last_of(chat::Media::Kind) { return chat::Media::Kind::document; }
constexpr auto last_of(chat::Media::Form) { return chat::Media::Form::text; }
constexpr auto last_of(chat::ToolCall::Form) { return chat::ToolCall::Form::broken; }
constexpr auto last_of(chat::ToolCall::Runner) { return chat::ToolCall::Runner::provider; }

template <class T>
T blank() {
  if constexpr (std::same_as<T, json::Raw>) {
    return json::Raw::trusted("null");
  } else if constexpr (std::same_as<T, json::RawMembers::value_type>) {
    return {"", json::Raw::trusted("null")};
  } else {
    return T{};
  }
}

/// Reads what a Pen wrote.  What it did not write makes it fail, and leaves the rest as it is.
class Eye {
 public:
  explicit Eye(std::string_view text) : rest_(text) {}

  bool has_read_all() const { return !failed_ && rest_.empty(); }

  void all(auto&... members) { (take(members), ...); }
  template <Number T>
  void take(T& number) {
    std::int64_t found = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), found);
    const auto length = static_cast<std::size_t>(end - rest_.data());
    if (error != std::errc() || length == rest_.size() || *end != ' ') return fail();
    rest_.remove_prefix(length + 1);
    if constexpr (std::is_enum_v<T>) {
      if (found < 0 || found > static_cast<std::int64_t>(last_of(T{}))) return fail();
      number = static_cast<T>(found);
    } else {
      if (!std::in_range<T>(found)) return fail();
      number = static_cast<T>(found);
    }
  }
  void take(bool& yes) {
    const std::size_t number = count();
    yes = number == 1;
    if (number > 1) fail();
  }
  void take(std::string& text) {
    const std::size_t length = count();
    text = rest_.substr(0, length);
    rest_.remove_prefix(length);
  }
  void take(json::Raw& raw) {
    std::string text;
    take(text);
    Result<json::Raw> parsed = json::Raw::parse(text);
    if (!parsed) return fail();
    raw = *std::move(parsed);
  }
  void take(json::RawMembers::value_type& member) { all(member.first, member.second); }
  template <class T>
  void take(std::optional<T>& value) {
    bool there = false;
    take(there);
    if (there) take(value.emplace(blank<T>()));
  }
  template <class T>
  void take(std::vector<T>& values) {
    if (++depth_ > depth_max) fail();
    for (std::size_t left = count(); left > 0 && !failed_; --left) {
      take(values.emplace_back(blank<T>()));
    }
    --depth_;
  }
  template <class... T>
  void take(std::variant<T...>& value) {
    std::size_t wanted = 0, index = 0;
    take(wanted);
    if (wanted >= sizeof...(T)) fail();
    const auto take_if = [&]<class Each>(std::type_identity<Each>) {
      if (index++ == wanted && !failed_) take(value.template emplace<Each>());
    };
    (take_if(std::type_identity<T>()), ...);
  }
  template <class T>
    requires std::is_class_v<T>
  void take(T& value) {
    walk(*this, value);
  }

 private:
  /// Of things of which none takes less than a byte.
  std::size_t count() {
    std::size_t number = 0;
    take(number);
    if (number <= rest_.size()) return number;
    fail();
    return 0;
  }
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  std::string_view rest_;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace

std::string to_text(const Answer& answer) {
  std::string text;
  Pen pen(text);
  pen.all(version, answer);
  return text;
}

std::optional<Answer> read_answer(std::string_view text) {
  Eye eye(text);
  std::int64_t written = 0;
  eye.take(written);
  if (written != version) return std::nullopt;
  Answer answer;
  eye.take(answer);
  if (!eye.has_read_all()) return std::nullopt;
  return answer;
}

}  // namespace omni::recall
