#pragma once

// For the files of net that touch Asio, and for no others: this header is what makes a file slow to
// compile.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/loop.h"

namespace omni::net {

struct Loop::Engine {
  boost::asio::io_context context{1};  // one thread runs it
  boost::asio::steady_timer ticker{context};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
};

}  // namespace omni::net
