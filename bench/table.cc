#include "table.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

namespace omni::bench {
namespace {

/// Three significant digits: more would be noise.
std::string number(double value) {
  std::array<char, 32> text{};
  int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string range(const Summary& summary) {
  return number(summary.min) + "–" + number(summary.max);
}

std::string cells(const std::vector<std::string>& texts) {
  std::string line = "|";
  for (const std::string& text : texts) line += " " + text + " |";
  return line + "\n";
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

std::string today() {
  std::array<char, 32> text{};
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

std::string load_average() {
  double load = 0;
  getloadavg(&load, 1);
  return number(load);
}

/// What the kernel does of it, for sockets and files.
std::string kernel_note(const Row& row) {
  if (row.kernel_share == 0 || !row.cost) return {};
  return number(row.cost->ours_us.median * row.kernel_share) + " µs of ours in the kernel";
}

double own_us(const Row& row) { return row.cost->ours_us.min * (1 - row.kernel_share); }

bool kept_bounds(const Row& row) {
  if (row.ratio_max && row.cost && row.cost->ratio.median > *row.ratio_max) return false;
  if (row.ours_us_max && row.cost && row.cost->ours_us.min > *row.ours_us_max) return false;
  if (row.own_us_max && row.cost && own_us(row) > *row.own_us_max) return false;
  return !row.rss_mb_max || row.ours_rss_mb <= *row.rss_mb_max;
}

std::string line_of(const Row& row) {
  bool kept = kept_bounds(row);
  std::string verdict = kept ? "" : "**over**";
  for (const std::string& note : {row.note, kernel_note(row)}) {
    if (!note.empty()) verdict += (verdict.empty() ? "" : "; ") + note;
  }
  std::vector<std::string> texts = {row.name, row.unit, "", "", "", ""};
  if (row.cost) {
    texts[2] = number(row.cost->reference_us.median);
    texts[3] = number(row.cost->ours_us.median);
    texts[4] = number(row.cost->ratio.median);
    texts[5] = range(row.cost->ratio);
  }
  for (const double rss_mb : {row.reference_rss_mb, row.ours_rss_mb})
    texts.push_back(rss_mb == 0 ? "" : number(rss_mb));
  texts.push_back(verdict);
  return cells(texts);
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

Table::Table(std::string_view scenario, const Options& options) {
  utsname system{};
  uname(&system);
  std::string out = "### " + std::string(scenario) + ", " + today() + "\n\n";
  out += cpu_model() + ", " + std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) + " cores, " +
         system.sysname + " " + system.release + "; " + __VERSION__ + ", " OMNI_BENCH_BUILD "; ";
  out += std::to_string(options.sittings) + " sittings of " + std::to_string(options.rounds) +
         " rounds of " + number(options.seconds) + " s; load average before " + load_average() +
         ".\n";
  print(out);
}

void Table::begin(std::string_view reference, std::string_view version) {
  const std::string name(reference);
  std::string out = "Reference: " + std::string(version) + ".\n\n";
  out += cells({"row", "CPU µs per", name, "ours", "ratio", "min–max", "RSS " + name + ", MB",
                "RSS ours, MB", "note"});
  print(out + "|---|---|---:|---:|---:|---|---:|---:|---|\n");
}

void Table::add(const Row& row) {
  within_bounds_ = within_bounds_ && kept_bounds(row);
  print(line_of(row));
}

}  // namespace omni::bench
