#include "pool/web/site.h"

#include <algorithm>
#include <utility>

#include "poc/keys.h"
#include "pool/web/assets.h"
#include "pool/web/page_text.h"
#include "stratum/messages.h"

namespace pool::web {
namespace {

struct Target {
  std::string_view path;
  std::string_view query;
};

Target target_of(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return {text, {}};
  return {text.substr(0, mark), text.substr(mark + 1)};
}

/// The value of `name` in a query; nothing where it is not there, or not sound.
std::optional<std::string> value_of(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.substr(0, pair.find('=')) != name || pair.size() == name.size()) continue;
    return percent_decoded(pair.substr(name.size() + 1), true);
  }
  return std::nullopt;
}

}  // namespace

Site::Site(Setup setup) : setup_(std::move(setup)) {
  constexpr std::string_view kForAnHour = "public, max-age=3600";
  const auto add = [&](std::string_view path, std::string_view type) {
    fixed_.push_back({path, text_of(type, kForAnHour, std::string(asset(path.substr(1))))});
  };
  add("/status.css", "text/css; charset=utf-8");
  add("/status.js", "text/javascript; charset=utf-8");
  add("/icon.svg", "image/svg+xml");
}

void Site::handle(const HttpRequest& request, const void* from, Reply reply) {
  Asked by{from, std::move(reply), request.method == "HEAD", request.if_none_match};
  const auto [path, query] = target_of(request.target);
  constexpr std::string_view kAudits = "/audits/";
  constexpr std::string_view kAccount = "/account/";
  if (path == "/") return answer_page(Page::kStatus, std::move(by));
  if (path == "/status.json") return answer_page(Page::kJson, std::move(by));
  if (path == "/metrics") return answer_page(Page::kMetrics, std::move(by));
  if (path == "/account") return answer_account(value_of(query, "name"), false, std::move(by));
  if (path.starts_with(kAccount)) {
    const auto name = percent_decoded(path.substr(kAccount.size()), false);
    return answer_account(name, true, std::move(by));
  }
  if (path.starts_with(kAudits)) return answer_audit(path.substr(kAudits.size()), by);
  if (!answer_fixed(path, by)) fail(by, 404, "no such page");
}

bool Site::answer_fixed(std::string_view path, Asked& by) {
  for (const Fixed& file : fixed_) {
    if (file.path != path) continue;
    answer(by, file.text);
    return true;
  }
  return false;
}

void Site::answer_page(Page page, Asked by) {
  PageAsked asked{page, std::move(by)};
  if (texts_ && setup_.clock.now() - texts_at_ < kFresh) return show(asked);
  pages_waiting_.push_back(std::move(asked));
  ask();
}

void Site::show(const PageAsked& asked) {
  switch (asked.page) {
    case Page::kStatus:
      return answer(asked.by, texts_->status);
    case Page::kJson:
      return answer(asked.by, texts_->json);
    case Page::kMetrics:
      return answer(asked.by, texts_->metrics);
  }
}

void Site::answer_account(const std::optional<std::string>& name, bool json, Asked by) {
  const auto login = name ? stratum::parse_login(*name) : std::nullopt;
  if (!login) return fail(by, 400, "name: an account");
  const auto hash = poc::hash_identity(login->account);
  if (!hash.ok()) return fail(by, 400, "name: an account");
  auto place = std::find_if(accounts_waiting_.begin(), accounts_waiting_.end(),
                            [&](const AccountAsked& asked) { return asked.hash == *hash; });
  if (place == accounts_waiting_.end()) {
    if (accounts_waiting_.size() >= kAccountsWaiting) return fail(by, 503, "too many at once");
    place = accounts_waiting_.insert(place, AccountAsked{login->account, *hash, {}});
  }
  place->all.push_back({json, std::move(by)});
  ask();
}

void Site::let_go(const void* from) {
  const auto was = [from](const auto& asked) { return asked.by.from == from; };
  std::erase_if(pages_waiting_, was);
  for (AccountAsked& asked : accounts_asked_) std::erase_if(asked.all, was);
  for (AccountAsked& asked : accounts_waiting_) std::erase_if(asked.all, was);
  std::erase_if(accounts_waiting_, [](const AccountAsked& asked) { return asked.all.empty(); });
}

/// The view that is awaited was lost, and so is what it was to say of accounts.
void Site::give_up() {
  asking_ = false;
  for (const AccountAsked& asked : std::exchange(accounts_asked_, {})) {
    for (const auto& [json, by] : asked.all) fail(by, 503, "the pool did not answer");
  }
}

/// Asks for what somebody waits for, unless it is too soon.
void Site::ask() {
  const base::SteadyTime now = setup_.clock.now();
  if (asking_ && now >= asked_at_ + kLostAfter) give_up();
  if (asking_ || (pages_waiting_.empty() && accounts_waiting_.empty())) return;
  if (asked_once_ && now < asked_at_ + kAskedEvery) {
    if (!std::exchange(calling_, true)) setup_.call_later(asked_at_ + kAskedEvery - now);
    return;
  }
  asking_ = true;
  asked_once_ = true;
  asked_at_ = now;
  ViewWanted wanted{!pages_waiting_.empty(), {}};
  const std::size_t some = std::min(accounts_waiting_.size(), kAccountsAtOnce);
  for (std::size_t i = 0; i < some; ++i) {
    wanted.accounts.push_back(accounts_waiting_[i].hash);
    accounts_asked_.push_back(std::move(accounts_waiting_[i]));
  }
  accounts_waiting_.erase(accounts_waiting_.begin(),
                          accounts_waiting_.begin() + static_cast<std::ptrdiff_t>(some));
  setup_.ask(std::move(wanted), ++question_);
}

void Site::call() {
  calling_ = false;
  ask();
}

}  // namespace pool::web
