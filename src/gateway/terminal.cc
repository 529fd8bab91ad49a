#include "gateway/terminal.h"

#include <termios.h>
#include <unistd.h>
#include <algorithm>

#include "base/log.h"

namespace omni::gateway {
namespace {

constexpr std::size_t line_bytes_max = 4096;

/// What is typed is not shown for as long as this is there.
class Hidden {
 public:
  Hidden() : changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Hidden() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  termios before_{};
  bool changed_;
};

Result<Secret> ask(std::string_view prompt) {
  write_to_stderr(prompt);
  Result<Secret> line = [] {
    const Hidden hidden;
    return read_secret_line();
  }();
  write_to_stderr("\n");
  return line;
}

}  // namespace

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;  // nobody reads our standard output
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void append_cells(std::string& text, std::span<const std::string_view> cells,
                  std::span<const std::size_t> widths) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string cell(cells[i]);
    // Others' words may hold what moves the cursor.
    std::ranges::replace_if(
        cell, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    if (i + 1 < cells.size()) cell.resize(std::max(cell.size() + 1, widths[i]), ' ');
    text.append(cell);
  }
  text.append("\n");
}

int complain(std::string_view what, int status) {
  std::string text = "omniroute: ";
  text.append(what).append("\n");
  if (status == misused) text.append("Try: omniroute --help\n");
  write_to_stderr(text);
  return status;
}

int complain(const Error& error) {
  return complain(error.message(), error.kind() == Error::Kind::bad_request ? misused : failed);
}

bool is_terminal() { return ::isatty(STDIN_FILENO) == 1; }

Result<Secret> read_secret_line() {
  std::string line;
  line.reserve(line_bytes_max);  // so that no copy is left behind
  char c = 0;
  while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
    if (line.size() == line_bytes_max) {
      return Error(Error::Kind::bad_request, "the line on standard input is too long");
    }
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  Secret secret(std::move(line));
  while (c == '\n' && !is_terminal() && ::read(STDIN_FILENO, &c, 1) == 1) {
    if (c == '\r' || c == '\n') {
      c = '\n';
      continue;
    }
    return Error(Error::Kind::bad_request, "there is more than one line on standard input");
  }
  if (secret.empty()) {
    return Error(Error::Kind::bad_request, "there is nothing on standard input");
  }
  return secret;
}

Result<Secret> ask_for_new_secret(std::string_view what) {
  if (!is_terminal()) {
    return Error(Error::Kind::bad_request, "standard input is no terminal: give the " +
                                               std::string(what) + " there, with --" +
                                               std::string(what) + "-stdin");
  }
  Result<Secret> first = ask("New " + std::string(what) + ": ");
  if (!first) return first;
  Result<Secret> again = ask("Once more: ");
  if (!again) return again;
  if (!(*first == *again)) return Error(Error::Kind::bad_request, "the two are not the same");
  return first;
}

}  // namespace omni::gateway
