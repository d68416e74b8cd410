#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "base/clock.h"
#include "poc/keys.h"
#include "stratum/client_session.h"
#include "tests/load/work_source.h"

namespace load {

/// What became of one submit. The line of the swarm's log that a reconciliation reads.
struct SubmitRecord {
  std::string sprint;
  std::string account;
  std::uint64_t seq = 0;
  stratum::ShareClaim share;
  bool right = true;  ///< the digest
  base::SteadyTime sent;
  std::optional<base::SteadyTime> answered;  ///< nothing: it never was
  std::uint64_t code = 0;                    ///< of the error; 0: acknowledged
};

/// Who hears what sessions do. The swarm's thread.
class SwarmEars {
 public:
  virtual ~SwarmEars() = default;
  virtual void connected(base::Micros took) = 0;
  virtual void logged_in() = 0;
  /// A sprint has started, so long `after` T0; nothing where the session came later than that.
  virtual void started(const std::string& sprint, std::optional<base::Micros> after) = 0;
  virtual void decided(const SubmitRecord& record) = 0;
  /// It is over, unless it was closed by its owner.
  virtual void failed(const std::string& why) = 0;
};

/// One miner of a swarm, by the protocol's own client session over plain TCP: takes a lease in each
/// sprint and submits a share each so often. Belongs to the thread of its io_context.
class SwarmSession : public std::enable_shared_from_this<SwarmSession> {
 public:
  struct Plan {
    boost::asio::ip::tcp::endpoint pool;
    base::Micros submit_every{0};  ///< 0: idle
    double wrong = 0;              ///< chance that a digest is a random one
  };
  SwarmSession(boost::asio::io_context& io, const Plan& plan, std::string account, WorkSource& work,
               SwarmEars& ears, const base::Clock& clock, std::uint64_t seed);

  void connect();
  /// Once a second: time-outs.
  void tick();
  /// A share, if it is time for one.
  void work();
  /// What has no answer is told as such.
  void close();

 private:
  struct Race {
    std::optional<poc::RaceSpec> spec;
    std::optional<stratum::Lease> lease;
    bool runs = false;
    base::UnixTime announced;
    base::UnixTime t_end;
    std::uint64_t drawn = 0;
    base::SteadyTime next;
  };

  base::UnixTime pool_time() const { return session_->pool_clock().to_pool(clock_.now()); }
  void read();
  void flush();
  void take_events();
  void fail(const std::string& why);
  void submit(const std::string& sprint, std::uint64_t nonce, const poc::Digest& digest,
              bool right);
  void draw(const std::string& sprint, Race& race);

  void on(const stratum::client::LoggedIn& event);
  void on(const stratum::client::LoginRefused& event) {
    fail("login refused: " + event.error.text);
  }
  void on(const stratum::client::Announced& event);
  void on(const stratum::client::Started& event);
  void on(const stratum::client::Leased& event);
  void on(const stratum::client::Answered& event);
  void on(const stratum::client::Ended& event) { races_.erase(event.sprint); }
  void on(const stratum::client::Cancelled& event) { races_.erase(event.sprint); }
  void on(const stratum::client::SprintRefused& event) { fail("sprint refused: " + event.reason); }
  template <class Other>
  void on(const Other&) {}

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::socket socket_;
  const Plan plan_;
  const std::string account_;
  const base::Bytes32 identity_;
  WorkSource& work_;
  SwarmEars& ears_;
  const base::Clock& clock_;
  std::mt19937_64 random_;
  std::optional<stratum::ClientSession> session_;
  std::map<std::string, Race> races_;
  std::map<std::pair<std::string, std::uint64_t>, SubmitRecord> open_;  // by sprint and seq
  std::array<char, 4096> bytes_;
  std::string sending_;
  base::SteadyTime began_;
  bool over_ = false;
};

}  // namespace load
