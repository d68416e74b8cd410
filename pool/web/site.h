#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "pool/http_door.h"
#include "pool/pool_view.h"
#include "pool/web/metrics.h"

namespace pool::web {

/// The pages, by their paths. What is shown of the pool is asked for when somebody looks, at most
/// once a second, and kept as finished texts: a flood of requests costs the pool's thread nothing
/// more. Accounts, each of which costs a look at all who take part, are asked for two at once, and
/// one that many ask for is looked at once. No socket, no thread; belongs to one.
class Site final : public HttpService {
 public:
  static constexpr base::Micros kFresh = std::chrono::seconds(1);
  static constexpr base::Micros kAskedEvery = std::chrono::milliseconds(250);
  static constexpr base::Micros kLostAfter = std::chrono::seconds(10);  ///< a view that is awaited
  static constexpr std::size_t kAccountsAtOnce = 2;
  static constexpr std::size_t kAccountsWaiting = 16;
  /// The number of what was asked: an answer that comes too late is told apart from the next one.
  using Question = std::uint64_t;

  struct Setup {
    const base::Clock& clock;
    std::function<void(ViewWanted, Question)> ask;  ///< the answer comes by `take`, once at most
    std::function<void(base::Micros)> call_later;   ///< `call` then
    std::string audit_folder;                       ///< empty: no audits are kept
  };
  explicit Site(Setup setup);

  void handle(const HttpRequest& request, const void* from, Reply reply) override;
  void let_go(const void* from) override;
  /// Still gets what it asked for.
  void heard_all(const void*) override {}
  HttpAnswer refusal(const HttpRefusal& refusal) override;

  /// What was asked for is here.
  void take(Question question, View view);
  /// It is time to ask again.
  void call();

 private:
  /// A text that many are sent, and the tag by which they know that they have it.
  struct Text {
    std::string fields;  // of its head
    std::string body;
    std::string tag;
  };
  enum class Page { kStatus, kJson, kMetrics };
  struct Texts {
    Text status;
    Text json;
    Text metrics;
  };
  /// What an answer needs of its request.
  struct Asked {
    const void* from = nullptr;
    Reply reply;
    bool head_alone = false;
    std::string if_none_match;
  };
  struct PageAsked {
    Page page;
    Asked by;
  };
  /// An account, and all who want to see it.
  struct AccountAsked {
    struct By {
      bool json = false;
      Asked by;
    };
    std::string account;
    base::Bytes32 hash{};
    std::vector<By> all;
  };

  static Text text_of(std::string_view type, std::string_view cache, std::string body);
  bool answer_fixed(std::string_view path, Asked& by);
  void answer_audit(std::string_view sprint, Asked& by);
  void answer_page(Page page, Asked by);
  void answer_account(const std::optional<std::string>& name, bool json, Asked by);
  void answer(const Asked& by, const Text& text);
  void answer(const Asked& by, HttpAnswer said);
  void fail(const Asked& by, int status, std::string_view why);
  void show(const PageAsked& asked);
  void show(const AccountAsked& asked, const AccountView& view);
  void ask();
  void give_up();

  const Setup setup_;
  struct Fixed {
    std::string_view path;
    Text text;
  };
  std::vector<Fixed> fixed_;
  std::optional<Texts> texts_;
  base::SteadyTime texts_at_;
  base::SteadyTime asked_at_;
  bool asked_once_ = false;
  Question question_ = 0;  // asked last
  bool asking_ = false;    // its `take` is to come
  bool calling_ = false;   // `call` is
  std::vector<PageAsked> pages_waiting_;
  std::vector<AccountAsked> accounts_waiting_;
  std::vector<AccountAsked> accounts_asked_;
  PageCounts counts_;
};

}  // namespace pool::web
