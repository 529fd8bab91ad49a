#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace omni {

/// Text that must not be shown: a key, a token, a password.  It prints as `***` wherever it is
/// logged, is compared in constant time, and is wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  /// The text itself, for the one place that sends or seals it.
  std::string_view reveal() const { return text_; }

  friend bool operator==(const Secret& a, const Secret& b) {
    if (a.text_.size() != b.text_.size()) return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < a.text_.size(); ++i) {
      difference = static_cast<unsigned char>(difference | (a.text_[i] ^ b.text_[i]));
    }
    return difference == 0;
  }

 private:
  void wipe() {
    // The whole capacity: a move or a shorter text leaves the old bytes beyond the end.
    text_.resize(text_.capacity());
    for (volatile char* c = text_.data(); c != text_.data() + text_.size(); ++c) *c = 0;
    text_.clear();
  }

  std::string text_;
};

}  // namespace omni
