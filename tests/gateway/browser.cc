#include "browser.h"

#include "base/strings.h"

namespace omni::gateway_test {

Answer Browser::ask(std::string_view method, std::string_view path, std::string_view json,
                    std::string_view fields) {
  std::string request(method);
  request.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
  if (!cookie_.empty()) request.append("Cookie: ").append(cookie_).append("\r\n");
  const bool typed = fields.find("Content-Type: ") != std::string_view::npos;
  if (!json.empty() && !typed) request.append("Content-Type: application/json\r\n");
  request.append(fields);
  request.append("Content-Length: ").append(std::to_string(json.size()));
  request.append("\r\nConnection: close\r\n\r\n").append(json);
  net::testing::RawClient client(port_);
  client.send(request);
  const std::string text = client.read_answer();
  Answer answer;
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.head = text.substr(0, end + 2);
  answer.body = text.substr(end + 4);
  answer.status = static_cast<int>(parse_unsigned(text.substr(9, 3)).value_or(0));
  return answer;
}

int Browser::log_in(std::string_view password) {
  std::string body = R"({"password":")";
  append_json_escaped(body, password);
  const Answer answer = ask("POST", "/api/auth/login", body + "\"}");
  const std::string lower = to_lower(answer.head);
  const std::size_t at = lower.find("set-cookie: ");
  if (at != std::string::npos) {
    cookie_ = answer.head.substr(at + 12, answer.head.find_first_of(";\r", at) - at - 12);
  }
  return answer.status;
}

}  // namespace omni::gateway_test
