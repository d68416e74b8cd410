#include "tests/pool/site_rig.h"

#include <gtest/gtest.h>

namespace tests {

pool::SprintView credited_sprint(const std::string& id) {
  pool::SprintView sprint;
  sprint.id = id;
  sprint.state = pool::SprintView::State::kCredited;
  sprint.profile = poc::parse_profile("nano").value();
  sprint.t0 = base::UnixTime(std::chrono::seconds(1'800'000'000));
  sprint.t_end = sprint.t0 + std::chrono::seconds(20);
  sprint.verified = 10;
  sprint.wrong = 2;
  sprint.withdrawn = 1;
  sprint.credit = 4000;
  sprint.accounts = 3;
  sprint.root[0] = 0xab;
  return sprint;
}

pool::PoolView some_pool() {
  pool::PoolView view;
  view.now = base::UnixTime(std::chrono::seconds(1'800'000'030));
  view.name = "pool.example";
  view.profile = poc::parse_profile("nano").value();
  view.sprint_length = std::chrono::seconds(20);
  view.accounts = 2;
  view.sessions = 3;
  view.devices = 7;
  view.ended = {credited_sprint("1-0123456789ab")};
  pool::SprintView running = credited_sprint("2-00000000beef");
  running.state = pool::SprintView::State::kRunning;
  running.t0 += std::chrono::seconds(20);
  running.t_end += std::chrono::seconds(20);
  pool::SprintView next = credited_sprint("3-0000deadbeef");
  next.state = pool::SprintView::State::kAnnounced;
  next.t0 += std::chrono::seconds(40);
  next.t_end += std::chrono::seconds(40);
  view.open = {running, next};
  return view;
}

SiteRig::SiteRig(const std::string& audit_folder)
    : site({clock,
            [this](pool::ViewWanted wanted, pool::web::Site::Question number) {
              asked.push_back(std::move(wanted));
              question = number;
            },
            [this](base::Micros time) { to_call.push_back(time); }, audit_folder}) {}

SiteRig::Answer SiteRig::ask(const std::string& target, const std::string& method,
                             const std::string& if_none_match, const void* from) {
  auto answer = std::make_shared<std::optional<pool::HttpAnswer>>();
  pool::HttpRequest request;
  request.method = method;
  request.target = target;
  request.if_none_match = if_none_match;
  site.handle(request, from, [answer](pool::HttpAnswer said) {
    EXPECT_FALSE(answer->has_value());
    *answer = std::move(said);
  });
  return answer;
}

pool::HttpAnswer SiteRig::get(const std::string& target, const std::string& method,
                              const std::string& if_none_match) {
  clock.advance(pool::web::Site::kFresh);
  const std::size_t before = asked.size();
  const Answer answer_to = ask(target, method, if_none_match);
  if (asked.size() > before) answer();
  EXPECT_TRUE(answer_to->has_value()) << target;
  return answer_to->value_or(pool::HttpAnswer{0});
}

void SiteRig::answer() {
  pool::View shown;
  if (asked.back().pool) shown.pool = view;
  shown.accounts.resize(asked.back().accounts.size());
  site.take(question, std::move(shown));
}

std::string field_of(const pool::HttpAnswer& answer, const std::string& name) {
  const std::size_t at = answer.fields.find(name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 2;
  return answer.fields.substr(begin, answer.fields.find("\r\n", begin) - begin);
}

}  // namespace tests
