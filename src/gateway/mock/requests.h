#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace omni::net {
class Exchange;
}

namespace omni::gateway::mock {

/// The requests that came, as tests want to read them.
class Requests {
 public:
  void note(const net::Exchange& exchange, std::string_view body);
  void clear() { noted_.clear(); }
  /// `{"requests":[{"method","path","fields":{…},"body"}]}`: fields in lower case, a body of JSON
  /// as the JSON that it is and any other as a text, or in `body_base64` if it is not even that.
  std::string json() const;

 private:
  static constexpr std::size_t requests_max = 1'000;  // the last ones stay

  std::deque<std::string> noted_;
};

}  // namespace omni::gateway::mock
