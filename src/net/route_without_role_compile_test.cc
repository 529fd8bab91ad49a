// Compiled by two tests and linked by none: as it stands it must not compile, for want of a role;
// with OMNI_WITH_ROLE defined it must, which shows that nothing else is wrong with it.

#include "net/router.h"

namespace omni::net {

Route row() {
  return {Method::get, "/a",
#ifdef OMNI_WITH_ROLE
          Role::open,
#endif
          "A summary", [](Exchange& exchange) { return exchange.reply_json(200, ""); }};
}

}  // namespace omni::net
