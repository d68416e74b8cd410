#include "pool/web/status_front.h"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace pool::web {
namespace {

/// Fewer and for a shorter time than a node's callers: nothing is lost with a connection here.
HttpLimits page_limits(const Networks& exempt) {
  constexpr std::size_t kOfAddress = 16;  // a browser opens 6
  return {.connections = 256,
          .idle = std::chrono::seconds(30),
          .answered = std::chrono::seconds(30),
          .slowest = 16'384,
          .life = std::chrono::minutes(10),
          .peers = Doorkeeper::Limits{kOfAddress, exempt}};
}

}  // namespace

base::Result<std::unique_ptr<StatusFront>> StatusFront::open(Setup setup) {
  std::unique_ptr<StatusFront> front(new StatusFront(std::move(setup)));
  RETURN_IF_ERROR(front->door_.bind(front->setup_.where.host, front->setup_.where.port));
  front->log_.info("shows its status", {{"address", front->address()}});
  front->sweep();
  front->thread_ = std::thread([it = front.get()] { it->run(); });
  pthread_setname_np(front->thread_.native_handle(), "p-pages");
  return front;
}

StatusFront::StatusFront(Setup setup)
    : setup_(std::move(setup)),
      log_(setup_.sink, "pages"),
      rules_(setup_.names),
      site_(
          {setup_.clock,
           [this](ViewWanted wanted, Site::Question question) { ask(std::move(wanted), question); },
           [this](base::Micros time) { call_later(time); }, setup_.audit_folder}),
      door_({io_, site_, rules_, setup_.clock, setup_.sink, page_limits(setup_.exempt)}) {}

StatusFront::~StatusFront() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void StatusFront::run() {
  while (!io_.stopped()) {
    try {
      io_.run();
    } catch (const std::exception& fault) {  // out of memory: costs what was being done
      log_.error("went on after a fault", {{"reason", fault.what()}});
    }
  }
}

/// The answer is made on the pool's thread, and comes back to this one.
void StatusFront::ask(ViewWanted wanted, Site::Question question) {
  setup_.server.ask(std::move(wanted), [this, question](View view) {
    boost::asio::post(io_, [this, question, view = std::move(view)]() mutable {
      site_.take(question, std::move(view));
    });
  });
}

void StatusFront::call_later(base::Micros time) {
  call_timer_.expires_after(time);
  call_timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (!stopped) site_.call();
  });
}

void StatusFront::sweep() {
  door_.sweep();
  sweep_timer_.expires_after(std::chrono::seconds(1));
  sweep_timer_.async_wait([this](const boost::system::error_code& stopped) {
    if (!stopped) sweep();
  });
}

}  // namespace pool::web
