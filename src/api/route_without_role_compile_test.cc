// Compiled by two tests and linked by none: as it stands it must not compile, for want of a role;
// with OMNI_WITH_ROLE defined it must, which shows that nothing else is wrong with it.

#include "api/route.h"

namespace omni::api {

Route row() {
  return {
      .method = net::Method::get,
      .pattern = "/api/a",
#ifdef OMNI_WITH_ROLE
      .role = net::Role::read,
#endif
      .summary = "A summary",
      .handler = [](net::Exchange& exchange, Arguments) { return exchange.reply_json(200, ""); }};
}

}  // namespace omni::api
