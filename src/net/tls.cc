// OpenSSL directly on the non-blocking descriptor: no buffers of our own between the two, and with
// RELEASE_BUFFERS an idle connection holds none of OpenSSL's either.

#include "net/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>
#include <utility>

namespace omni::net {
namespace {

constexpr std::size_t record_bytes_max = 16 * 1024;
constexpr std::string_view http11_only = "\x08http/1.1";

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
};
using Tls = std::unique_ptr<SSL, FreeTls>;

/// The first of OpenSSL's errors: those that follow only tell who passed it on.
std::string first_reason() {
  const unsigned long error = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(error)) return std::strerror(ERR_GET_REASON(error));
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "unknown reason";
}

class OpenSslWire final : public TlsWire {
 public:
  OpenSslWire(Loop& loop, Fd fd, Tls tls) : TlsWire(loop, std::move(fd)), tls_(std::move(tls)) {
    SSL_set_fd(tls_.get(), socket_.fd());
    SSL_set_app_data(tls_.get(), this);
  }

  /// Inside of another, which ends with this one.
  OpenSslWire(Loop& loop, OpenSslWire& carrier, Tls tls)
      : TlsWire(loop, carrier.socket_.release()), tls_(std::move(tls)) {
    SSL* outer = carrier.tls_.release();
    SSL_set_app_data(outer, nullptr);
    SSL_set_quiet_shutdown(outer, 1);
    BIO* channel = BIO_new(BIO_f_ssl());
    OMNI_ASSERT(channel != nullptr);
    BIO_set_ssl(channel, outer, BIO_CLOSE);
    SSL_set_bio(tls_.get(), channel, channel);
    SSL_set_app_data(tls_.get(), this);
  }

  ~OpenSslWire() override {
    // OpenSSL forbids to take a session up again whose connection ends without a good-bye.  Bodies
    // whose end matters are guarded when they are read.
    if (tls_ && !broken_) SSL_set_shutdown(tls_.get(), SSL_SENT_SHUTDOWN);
  }

  /// For a client's wire: where to keep the session that the server will offer.
  void keep_session_in(ClientTls& cache, std::string host) {
    cache_ = &cache;
    host_ = std::move(host);
  }
  void on_new_session(TlsSession session) {
    if (cache_ != nullptr) cache_->remember(host_, std::move(session));
  }

  Task<Status> handshake(Millis limit) override {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_do_handshake(tls_.get());
      if (done == 1) co_return Nothing{};
      const Step::Kind kind = what_next(done);
      if (kind == Step::Kind::failed || kind == Step::Kind::closed) co_return refused();
      Status waited = co_await wait_for(kind, limit);
      if (!waited) co_return waited.error();
    }
  }

  bool resumed() const override { return SSL_session_reused(tls_.get()) == 1; }

  Step try_read(std::span<char> into) override {
    ERR_clear_error();
    std::size_t got = 0;
    const int done = SSL_read_ex(tls_.get(), into.data(), into.size(), &got);
    if (done == 1) return {Step::Kind::moved, got};
    return {what_next(done)};
  }

  Step try_write(std::span<const std::string_view> pieces) override {
    ERR_clear_error();
    const std::string_view record = gather(pieces);
    std::size_t sent = 0;
    const int done = SSL_write_ex(tls_.get(), record.data(), record.size(), &sent);
    if (done == 1) return {Step::Kind::moved, sent};
    return {what_next(done)};
  }

  void end_sending() override {
    ERR_clear_error();
    if (!broken_) SSL_shutdown(tls_.get());
  }

  bool encrypted() const override { return true; }

 private:
  Step::Kind what_next(int done) {
    switch (SSL_get_error(tls_.get(), done)) {
      case SSL_ERROR_WANT_READ:
        socket_.set_drained();
        return Step::Kind::wait_read;
      case SSL_ERROR_WANT_WRITE:
        socket_.set_full();
        return Step::Kind::wait_write;
      case SSL_ERROR_ZERO_RETURN:
        return Step::Kind::closed;
      default:
        broken_ = true;
        return Step::Kind::failed;
    }
  }

  /// Small pieces share a record; a retry after wait_write gathers the same bytes again.
  std::string_view gather(std::span<const std::string_view> pieces) {
    if (pieces.size() == 1 || pieces.front().size() >= record_bytes_max) return pieces.front();
    const std::span<char> room = socket_.loop().scratch().first(record_bytes_max);
    std::size_t used = 0;
    for (const std::string_view piece : pieces) {
      const std::size_t taken = std::min(piece.size(), room.size() - used);
      std::memcpy(room.data() + used, piece.data(), taken);
      used += taken;
    }
    return {room.data(), used};
  }

  Error refused() {
    const long verdict = SSL_get_verify_result(tls_.get());
    std::string why =
        verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : first_reason();
    return {Error::Kind::unavailable, "TLS handshake failed: " + why};
  }

  Tls tls_;
  bool broken_ = false;
  ClientTls* cache_ = nullptr;
  std::string host_;
};

int on_new_session(SSL* tls, SSL_SESSION* session) {
  auto* wire = static_cast<OpenSslWire*>(SSL_get_app_data(tls));
  if (wire == nullptr) return 0;  // it carries another by now
  wire->on_new_session(TlsSession(session));
  return 1;  // the session is ours now
}

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_length,
                  const unsigned char* offered, unsigned int offered_length, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(
      &chosen, out_length, reinterpret_cast<const unsigned char*>(http11_only.data()),
      static_cast<unsigned int>(http11_only.size()), offered, offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

TlsContext new_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method));
  OMNI_ASSERT(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  return context;
}

TlsContext client_context() {
  TlsContext context = new_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context.get(), on_new_session);
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(http11_only.data()),
                          static_cast<unsigned int>(http11_only.size()));
  return context;
}

Result<TlsContext> server_context(const ServerTls::Files& files) {
  ERR_clear_error();
  TlsContext context = new_context(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_chain.c_str()) != 1) {
    return Error(Error::Kind::bad_request, "cannot read the TLS certificate " +
                                               files.certificate_chain + ": " + first_reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) !=
          1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return Error(Error::Kind::bad_request,
                 "cannot use the TLS key " + files.private_key + ": " + first_reason());
  }
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
  return context;
}

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

/// Ready to shake hands with `host`, over a channel that is still to be set.
Tls new_client(SSL_CTX* context, const std::string& host) {
  Tls tls(SSL_new(context));
  SSL_set_connect_state(tls.get());
  OMNI_ASSERT(!host.empty());  // OpenSSL would take it for "any"
  bool will_verify = false;
  if (is_ip_address(host)) {
    will_verify = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), host.c_str()) == 1;
  } else {
    SSL_set_hostflags(tls.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    will_verify = SSL_set_tlsext_host_name(tls.get(), host.c_str()) == 1 &&
                  SSL_set1_host(tls.get(), host.c_str()) == 1;
  }
  OMNI_ASSERT(will_verify);
  return tls;
}

}  // namespace

void FreeTlsContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void FreeTlsSession::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }

Result<std::unique_ptr<ServerTls>> ServerTls::load(Files files) {
  std::unique_ptr<ServerTls> server(new ServerTls(std::move(files)));
  if (Status loaded = server->reload(); !loaded) return loaded.error();
  return server;
}

Status ServerTls::reload() {
  Result<TlsContext> fresh = server_context(files_);
  if (!fresh) return fresh.error();
  const std::lock_guard lock(mutex_);
  context_ = *std::move(fresh);
  return Nothing{};
}

std::unique_ptr<TlsWire> ServerTls::accept(Loop& loop, Fd fd) const {
  Tls tls;
  {
    const std::lock_guard lock(mutex_);
    tls.reset(SSL_new(context_.get()));
  }
  SSL_set_accept_state(tls.get());
  return std::make_unique<OpenSslWire>(loop, std::move(fd), std::move(tls));
}

Result<std::unique_ptr<ClientTls>> ClientTls::make(const Policy& policy) {
  std::unique_ptr<ClientTls> client(new ClientTls);
  if (policy.ca_file.empty()) return client;  // context() makes it
  ERR_clear_error();
  client->context_ = client_context();
  if (SSL_CTX_load_verify_locations(client->context_.get(), policy.ca_file.c_str(), nullptr) != 1) {
    return Error(Error::Kind::bad_request,
                 "cannot read the CA certificates " + policy.ca_file + ": " + first_reason());
  }
  return client;
}

/// What cannot be read is not trusted: then no connection stands its check.
ssl_ctx_st* ClientTls::context() {
  std::call_once(made_, [this] {
    if (context_) return;
    context_ = client_context();
    SSL_CTX_set_default_verify_paths(context_.get());
    ERR_clear_error();
  });
  return context_.get();
}

std::unique_ptr<TlsWire> ClientTls::connect(Loop& loop, Fd fd, const std::string& host) {
  return connect_over(plain_wire(loop, std::move(fd)), host);
}

std::unique_ptr<TlsWire> ClientTls::connect_over(std::unique_ptr<Wire> carrier,
                                                 const std::string& host) {
  Tls tls = new_client(context(), host);
  if (const TlsSession earlier = recall(host)) SSL_set_session(tls.get(), earlier.get());
  Loop& loop = carrier->socket().loop();
  std::unique_ptr<OpenSslWire> wire;
  if (carrier->encrypted()) {  // there is no other wire that is
    wire = std::make_unique<OpenSslWire>(loop, static_cast<OpenSslWire&>(*carrier), std::move(tls));
  } else {
    wire = std::make_unique<OpenSslWire>(loop, carrier->socket().release(), std::move(tls));
  }
  wire->keep_session_in(*this, host);
  return wire;
}

void ClientTls::remember(const std::string& host, TlsSession session) {
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= sessions_max && !sessions_.contains(host)) {
    sessions_.erase(sessions_.begin());
  }
  sessions_[host] = std::move(session);
}

TlsSession ClientTls::recall(const std::string& host) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(host);
  if (found == sessions_.end()) return nullptr;
  if (SSL_SESSION_get_protocol_version(found->second.get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(found->second.get());
    return TlsSession(found->second.get());
  }
  // TLS 1.3 tickets are for one use each; the server sends new ones on the next connection.
  TlsSession session = std::move(found->second);
  sessions_.erase(found);
  return session;
}

}  // namespace omni::net
