#include "gateway/served.h"

#include <array>
#include <chrono>
#include <functional>
#include <string_view>
#include <thread>

#include "http.h"

namespace omni::bench {
namespace {

/// A provider's prefix and what its upstream's path begins with.
struct Provider {
  std::string_view prefix, path;
};
constexpr std::array providers{Provider{"json", "/json/v1"}, Provider{"burst", "/sse/burst/v1"},
                               Provider{"paced", "/sse/paced/v1"}};

/// What the management's API answers.
std::string manage(std::uint16_t port, std::string_view call, const std::string& body) {
  std::string answer = ask(port, make_request(call, "", body));
  if (!answer.starts_with("HTTP/1.1 2")) fail(std::string(call) + ": " + answer);
  return answer;
}

/// The text of the answer's first member of that name.
std::string member(const std::string& answer, std::string_view name) {
  const std::string mark = "\"" + std::string(name) + "\":\"";
  const std::size_t at = answer.find(mark);
  if (at == std::string::npos) fail("no " + std::string(name) + " in " + answer);
  const std::size_t begin = at + mark.size();
  return answer.substr(begin, answer.find('"', begin) - begin);
}

void add_provider(std::uint16_t port, const Provider& provider, std::uint16_t upstream_port) {
  const std::string prefix(provider.prefix);
  const std::string url =
      "http://127.0.0.1:" + std::to_string(upstream_port) + std::string(provider.path);
  const std::string id =
      member(manage(port, "POST /api/provider-nodes",
                    R"({"type":"openai-compatible","apiType":"chat","name":")" + prefix +
                        R"(","prefix":")" + prefix + R"(","baseUrl":")" + url + "\"}"),
             "id");
  manage(port, "POST /api/providers",
         R"({"provider":")" + id + R"(","apiKey":"sk-up","name":"a"})");
}

/// Of models of which the first always answers.
void add_combo(std::uint16_t port) {
  manage(port, "POST /api/combos",
         R"({"name":")" + std::string(Served::combo) +
             R"(","models":["json/gpt","json/gpt-2","burst/gpt","paced/gpt"]})");
}

FirstAnswer first_answer(const std::function<Proxy()>& start, const std::string& target) {
  const auto began = std::chrono::steady_clock::now();
  const Proxy proxy = start();  // listens
  const std::string answer = ask(proxy.contenders[0].port, make_request("GET " + target, "", ""));
  const auto took = std::chrono::steady_clock::now() - began;
  if (!answer.starts_with("HTTP/1.1 200")) fail(target + ": " + answer);
  return {.wall_us = std::chrono::duration<double, std::micro>(took).count(),
          .cpu_us = proxy.process->cpu_us(),
          .rss_mb = proxy.process->rss_mb()};
}

}  // namespace

Served::Served(const Bed& bed) : data_(bed.options.work / "data") {
  const Proxy proxy = start(bed);
  const std::uint16_t port = proxy.contenders[0].port;
  for (const Provider& provider : providers) add_provider(port, provider, bed.upstream_port);
  add_combo(port);
  key_ = member(manage(port, "POST /api/keys", R"({"name":"bench"})"), "key");
  manage(port, "PATCH /api/settings", R"({"requireApiKey":true})");
}

Proxy Served::start(const Bed& bed) const {
  std::uint16_t port = free_ports(1)[0];
  Proxy proxy;
  proxy.process = std::make_unique<Process>(
      std::vector<std::string>{bed.options.programs.parent_path() / "omniroute", "serve", "--port",
                               std::to_string(port), "--data-dir", data_, "--threads", "1"},
      bed.options.cores.proxy, bed.options.work / "gateway.log");
  proxy.process->wait_for_port(port);
  proxy.contenders = {{"ours", proxy.process.get(), port}};
  return proxy;
}

FirstAnswer first_answer_of_gateway(const Bed& bed, const Served& served) {
  return first_answer([&] { return served.start(bed); }, "/healthz");
}

FirstAnswer first_answer_of_nginx(const Bed& bed) {
  return first_answer([&] { return start_nginx(bed, "nginx-start"); }, "/json");
}

}  // namespace omni::bench
