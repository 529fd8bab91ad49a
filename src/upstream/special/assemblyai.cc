#include "upstream/special/assemblyai.h"

#include "dialect/assemblyai.h"
#include "net/loop.h"
#include "upstream/special/played.h"

namespace omni::upstream {
namespace {

using dialect::AssemblyaiJob;
using Answered = Result<std::unique_ptr<Answer>>;

constexpr std::size_t step_bytes_max = std::size_t{256} << 10;
/// Words of many hours.
constexpr std::size_t transcript_bytes_max = std::size_t{64} << 20;

bool is_good(const Answer& answer) { return answer.status() >= 200 && answer.status() <= 299; }

/// What may be otherwise a moment later.  A job that runs is not given up for it.
bool passes(const Answered& answer) {
  if (!answer) return true;
  const int status = (*answer)->status();
  return status == 429 || status >= 500;
}

Error unheard(const std::string& why) {
  return {Error::Kind::upstream, why.empty() ? "The recording could not be written down" : why,
          unheard_code};
}

class Job {
 public:
  Job(Upstream& upstream, const Destination& destination,
      const dialect::TranscriptionRequest& request)
      : upstream_(upstream), destination_(destination), request_(request) {}

  net::Task<Answered> run(std::string recording_url);

 private:
  net::Task<Answered> wait(std::string id);

  Upstream& upstream_;
  const Destination& destination_;
  const dialect::TranscriptionRequest& request_;
};

net::Task<Answered> Job::run(std::string recording_url) {
  const std::string job_text = dialect::assemblyai_job(request_, recording_url);
  Question question("/transcript");
  question.body = job_text;
  Answered answer = co_await upstream_.ask(destination_, question);
  if (!answer || !is_good(**answer)) co_return answer;
  const Result<std::string> body = co_await net::read_all((*answer)->body(), step_bytes_max);
  if (!body) co_return body.error();
  Result<AssemblyaiJob> job = dialect::read_job(*body);
  if (!job) co_return job.error();
  co_return co_await wait(std::move(job->id));
}

net::Task<Answered> Job::wait(std::string id) {
  const std::string path = "/transcript/" + id;
  for (;;) {
    if (Status slept = co_await net::sleep(upstream_.polling().pause); !slept) {
      co_return slept.error();
    }
    Answered answer = co_await upstream_.get(destination_, path);
    if (const net::Scope& scope = co_await net::current_scope(); scope.cancelled()) {
      co_return scope.why();
    }
    if (passes(answer)) continue;
    if (!is_good(**answer)) co_return answer;
    Result<std::string> body = co_await net::read_all((*answer)->body(), transcript_bytes_max);
    if (!body) co_return body.error();
    const Result<AssemblyaiJob> job = dialect::read_job(*body);
    if (!job) co_return job.error();
    if (job->state == AssemblyaiJob::State::failed) co_return unheard(job->why);
    if (job->state == AssemblyaiJob::State::done) {
      co_return co_await play(Played::json((*answer)->status(), *std::move(body)));
    }
  }
}

}  // namespace

net::Task<Result<std::unique_ptr<Answer>>> ask_assemblyai(
    Upstream& upstream, const Destination& destination,
    const dialect::TranscriptionRequest& request, net::ByteSource& recording) {
  Question question("/upload");
  question.content_type = "application/octet-stream";
  question.source = &recording;
  Answered answer = co_await upstream.ask(destination, question);
  if (!answer || !is_good(**answer)) co_return answer;
  const Result<std::string> body = co_await net::read_all((*answer)->body(), step_bytes_max);
  if (!body) co_return body.error();
  Result<std::string> url = dialect::read_upload(*body);
  if (!url) co_return url.error();
  Job job(upstream, destination, request);
  co_return co_await net::within(upstream.polling().time_max,
                                 "The transcript was not ready in time",
                                 job.run(*std::move(url)));
}

}  // namespace omni::upstream
