// The status pages: which path is answered with what, how often the pool is asked, and what of
// strangers comes to stand in HTML.
#include "pool/web/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <set>

#include "base/bytes.h"
#include "pool/web/assets.h"
#include "pool/web/audit_body.h"
#include "pool/web/page_rules.h"
#include "pool/web/page_text.h"
#include "pool/web/status_json.h"
#include "tests/places.h"
#include "tests/pool/site_rig.h"
#include "tests/support/temp_folder.h"

namespace pool::web {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using tests::field_of;
using tests::SiteRig;

constexpr const char* kAccountForm = "/account?name=";

TEST(Site, ManyWhoLookCostThePoolOneView) {
  SiteRig rig;
  std::vector<SiteRig::Answer> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(rig.ask(i % 2 == 0 ? "/" : "/status.json"));
  ASSERT_EQ(rig.asked.size(), 1u);
  EXPECT_TRUE(rig.asked[0].pool);
  rig.answer();
  for (const auto& answer : answers) ASSERT_EQ(answer->value().status, 200);
  rig.clock.advance(Site::kFresh - base::Micros(1));
  EXPECT_TRUE(rig.ask("/metrics")->has_value()) << "fresh enough";
  EXPECT_EQ(rig.asked.size(), 1u);
  rig.clock.advance(base::Micros(1));
  EXPECT_FALSE(rig.ask("/metrics")->has_value());
  EXPECT_EQ(rig.asked.size(), 2u);
}

TEST(Site, AccountsAreAskedForAFewAtOnceAndNotTooOften) {
  SiteRig rig;
  std::vector<SiteRig::Answer> answers;
  for (int i = 0; i < 10; ++i) answers.push_back(rig.ask(kAccountForm + std::to_string(i)));
  ASSERT_EQ(rig.asked.size(), 1u);
  EXPECT_EQ(rig.asked[0].accounts.size(), 1u);
  EXPECT_FALSE(rig.asked[0].pool);
  rig.answer();
  EXPECT_EQ(answers[0]->value().status, 200);
  EXPECT_FALSE(answers[1]->has_value());
  EXPECT_THAT(rig.to_call, ElementsAre(Site::kAskedEvery));
  rig.clock.advance(Site::kAskedEvery);
  rig.site.call();
  ASSERT_EQ(rig.asked.size(), 2u);
  EXPECT_EQ(rig.asked[1].accounts.size(), Site::kAccountsAtOnce);
  rig.answer();
  EXPECT_TRUE(answers[Site::kAccountsAtOnce]->has_value());
  EXPECT_FALSE(answers[Site::kAccountsAtOnce + 1]->has_value());
}

TEST(Site, TooManyAccountsAtOnceAreToldToComeBack) {
  SiteRig rig;
  for (std::size_t i = 0; i <= Site::kAccountsWaiting; ++i)
    rig.ask(kAccountForm + std::to_string(i));
  const auto turned_away = rig.ask(kAccountForm + std::string("a"));
  ASSERT_TRUE(turned_away->has_value());
  EXPECT_EQ((*turned_away)->status, 503);
  EXPECT_EQ(field_of(**turned_away, "Retry-After"), "1");
}

TEST(Site, AnAccountThatManyAskForIsLookedAtOnce) {
  SiteRig rig;
  rig.ask("/");
  std::vector<SiteRig::Answer> answers;
  for (int i = 0; i < 100; ++i) {
    answers.push_back(rig.ask(i % 2 == 0 ? "/account?name=a" : "/account/a.rig"));
  }
  rig.answer();
  rig.clock.advance(Site::kAskedEvery);
  rig.site.call();
  ASSERT_EQ(rig.asked.back().accounts.size(), 1u);
  rig.answer();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]->has_value()) << i;
    EXPECT_EQ((*answers[i])->body.starts_with('{'), i % 2 == 1);
  }
  EXPECT_EQ(rig.asked.size(), 2u);
}

TEST(Site, WhoIsGoneLeavesItsPlace) {
  SiteRig rig;
  rig.ask("/");
  const char gone = 0;
  const char stays = 0;
  const auto page = rig.ask("/", "GET", "", &gone);
  std::vector<SiteRig::Answer> accounts;
  for (std::size_t i = 0; i < Site::kAccountsWaiting; ++i) {
    accounts.push_back(rig.ask(kAccountForm + std::to_string(i), "GET", "", &gone));
  }
  const auto other = rig.ask(kAccountForm + std::string("0"), "GET", "", &stays);
  EXPECT_EQ((*rig.ask(kAccountForm + std::string("b")))->status, 503);
  rig.site.let_go(&gone);
  EXPECT_FALSE(rig.ask(kAccountForm + std::string("b"))->has_value()) << "there is room again";
  rig.answer();
  rig.clock.advance(Site::kAskedEvery);
  rig.site.call();
  EXPECT_EQ(rig.asked.back().accounts.size(), 2u) << "0 and b, nobody else";
  rig.answer();
  EXPECT_TRUE(other->has_value());
  EXPECT_FALSE(page->has_value());
  for (const auto& answer : accounts) EXPECT_FALSE(answer->has_value());
}

TEST(Site, OneViewThatIsLostDoesNotStopThePages) {
  SiteRig rig;
  const auto account = rig.ask("/account?name=a");
  const auto late = rig.question;
  rig.clock.advance(Site::kLostAfter - base::Micros(1));
  const auto page = rig.ask("/");
  EXPECT_EQ(rig.asked.size(), 1u) << "it may still come";
  rig.clock.advance(base::Micros(1));
  rig.ask("/");
  ASSERT_EQ(rig.asked.size(), 2u);
  EXPECT_EQ(account->value().status, 503);
  const auto another = rig.ask("/account?name=b");
  View wrong;
  wrong.accounts.resize(1);
  rig.site.take(late, std::move(wrong));
  EXPECT_FALSE(page->has_value()) << "what comes too late is no answer to what was asked later";
  rig.answer();
  EXPECT_EQ(page->value().status, 200);
  EXPECT_FALSE(another->has_value());
}

TEST(Site, TheRateIsOfOneProfile) {
  PoolView view = tests::some_pool();
  EXPECT_EQ(verified_rate(view).nonces_per_second, 200);
  view.ended.push_back(tests::credited_sprint("0-0123456789ab"));
  EXPECT_EQ(verified_rate(view).sprints, 2u);
  view.ended.back().profile = poc::parse_profile("micro").value();
  view.ended.push_back(tests::credited_sprint("0-0123456789ac"));
  EXPECT_EQ(verified_rate(view).sprints, 1u) << "nor what was before that";
  view.profile = poc::parse_profile("micro").value();
  EXPECT_EQ(verified_rate(view).sprints, 0u);
}

TEST(Site, APathLeadsToItsPageOrNowhere) {
  SiteRig rig;
  const std::vector<std::pair<std::string, std::string>> pages = {
      {"/", "text/html; charset=utf-8"},
      {"/?from=x", "text/html; charset=utf-8"},
      {"/status.json", "application/json"},
      {"/metrics", "text/plain; version=0.0.4; charset=utf-8"},
      {"/status.css", "text/css; charset=utf-8"},
      {"/status.js", "text/javascript; charset=utf-8"},
      {"/icon.svg", "image/svg+xml"},
      {"/account?name=alice", "text/html; charset=utf-8"},
      {"/account/alice", "application/json"}};
  for (const auto& [path, type] : pages) {
    const HttpAnswer answer = rig.get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(field_of(answer, "Content-Type"), type) << path;
    EXPECT_FALSE(answer.body.empty()) << path;
  }
  for (const char* path : {"/nothing", "//", "/status.html", "/account.html", "/audits/", "*", "",
                           "/../status.json", "/metrics/", "http://elsewhere/"}) {
    EXPECT_EQ(rig.get(path).status, 404) << path;
  }
  for (const char* path : {"/account", "/account?name=", "/account?name=%4", "/account?name=%ff",
                           "/account?surname=x", "/account/"}) {
    EXPECT_EQ(rig.get(path).status, 400) << path;
  }
}

TEST(Site, WhoHasAPageIsToldSo) {
  SiteRig rig;
  for (const char* path : {"/", "/status.json", "/metrics", "/status.css"}) {
    const HttpAnswer whole = rig.get(path);
    const std::string tag = field_of(whole, "ETag");
    ASSERT_FALSE(tag.empty()) << path;
    const HttpAnswer same = **rig.ask(path, "GET", "W/\"older\", " + tag);
    EXPECT_EQ(same.status, 304) << path;
    EXPECT_TRUE(same.body.empty());
    EXPECT_EQ(field_of(same, "ETag"), tag);
    EXPECT_THAT(http_bytes(same, true), Not(HasSubstr("Content-Length")));
    EXPECT_EQ((*rig.ask(path, "GET", "\"another\""))->status, 200);
  }
}

TEST(Site, AHeadHasTheLengthAndNoBody) {
  SiteRig rig;
  const HttpAnswer whole = rig.get("/");
  const std::string bytes = http_bytes(**rig.ask("/", "HEAD"), true);
  EXPECT_THAT(bytes, HasSubstr("Content-Length: " + std::to_string(whole.body.size()) + "\r\n"));
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n"));
}

TEST(Site, ShowsThePoolWithoutAScript) {
  SiteRig rig;
  const std::string page = rig.get("/").body;
  for (const char* text :
       {"pool.example", "Sprint 2-00000000beef is running: 10 s left", "<dd id=\"devices\">7</dd>",
        "200 nonces/s", "2027-01-15 08:00:20 UTC", "<td class=\"n\">4000</td>", "ab0000000000",
        "no reward is distributed"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
  EXPECT_THAT(page, Not(HasSubstr("audits/"))) << "none are kept";
  EXPECT_THAT(SiteRig("/tmp").get("/").body, HasSubstr("href=\"audits/1-0123456789ab\""));
}

TEST(Site, EachMemberOfTheJsonIsExplained) {
  SiteRig rig("/tmp");
  std::ifstream file(SPRINT_DOCS_DIR "/POOL.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  AccountView account;
  account.earned.push_back({"1-0123456789ab", {}, 1, 2});
  const std::string json = rig.get("/status.json").body + account_json("alice", account);
  static const std::regex member("\"([a-z0-9_]+)\":");
  std::set<std::string> members;
  for (std::sregex_iterator at(json.begin(), json.end(), member), end; at != end; ++at) {
    members.insert((*at)[1]);
  }
  EXPECT_GT(members.size(), 30u);
  for (const std::string& name : members) EXPECT_THAT(page, HasSubstr("`" + name + "`")) << name;
}

TEST(Site, WhatStrangersSayIsNoMarkup) {
  SiteRig rig;
  rig.view.name = "<script>alert('1')</script>&\"";
  const std::string page = rig.get("/").body;
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"));
  const std::string account = rig.get("/account?name=%3Cimg+src%3Dx+onerror%3Da%28%29%3E").body;
  EXPECT_THAT(account, Not(HasSubstr("<img")));
  EXPECT_THAT(account, HasSubstr("<h1>&lt;img src=x onerror=a()&gt;</h1>"));
  const std::string braces = rig.get("/account?name=%7B%7Bsessions%7D%7D").body;
  EXPECT_THAT(braces, HasSubstr("<h1>{{sessions}}</h1>")) << "a value is not filled in again";
}

TEST(Site, NothingInlineAndNothingFromElsewhere) {
  for (const char* name : {"status.html", "account.html"}) {
    const std::string text(asset(name));
    ASSERT_FALSE(text.empty()) << name;
    EXPECT_THAT(text, Not(HasSubstr("://"))) << name;
    EXPECT_FALSE(std::regex_search(text, std::regex("\\s(on[a-z]+|style)="))) << name;
    EXPECT_FALSE(std::regex_search(text, std::regex("<style|<script>|(href|src|action)=\"/")))
        << name << ": a page must also work below a proxy's path";
  }
  SiteRig rig;
  for (const char* path : {"/", "/account?name=a", "/status.js", "/metrics", "/nothing"}) {
    const HttpAnswer answer = rig.get(path);
    EXPECT_THAT(field_of(answer, "Content-Security-Policy"),
                testing::AllOf(HasSubstr("default-src 'none'"), Not(HasSubstr("unsafe"))));
    EXPECT_EQ(field_of(answer, "X-Content-Type-Options"), "nosniff");
  }
}

TEST(Site, AnAuditIsFoundByItsSprintsIdAlone) {
  const tests::TempFolder folder;
  const std::string text(200'000, 'x');
  folder.write("7-0123456789ab.audit.jsonl", text);
  folder.write("secret", "s");
  ASSERT_EQ(
      symlink(folder.path("secret").c_str(), folder.path("8-0123456789ab.audit.jsonl").c_str()), 0);
  SiteRig rig(folder.path(""));
  const HttpAnswer answer = rig.get("/audits/7-0123456789ab");
  ASSERT_EQ(answer.status, 200);
  ASSERT_NE(answer.rest, nullptr);
  EXPECT_THAT(http_bytes(answer, true), HasSubstr("Content-Length: 200000\r\n"));
  EXPECT_EQ(field_of(answer, "Cache-Control"), "no-cache") << "it may be written once more";
  std::string got;
  for (std::string piece = answer.rest->next(); !piece.empty(); piece = answer.rest->next()) {
    got += piece;
  }
  EXPECT_EQ(got, text);
  EXPECT_EQ(rig.get("/audits/7-0123456789ab", "GET", field_of(answer, "ETag")).status, 304);
  for (const char* id :
       {"8-0123456789ab", "9-0123456789ab", "7-0123456789AB", "07-0123456789ab", "secret",
        "../secret", "7-0123456789ab.audit.jsonl", "%2e%2e/secret", "7-0123456789ab/", "7-",
        "99999999999999999999-0123456789ab", "-1-0123456789ab"}) {
    EXPECT_EQ(rig.get(std::string("/audits/") + id).status, 404) << id;
  }
  EXPECT_EQ(SiteRig().get("/audits/7-0123456789ab").status, 404) << "no audits are kept";
}

/// What a head gets; `change` makes it another than that of GET.
int status_of(const std::function<void(HttpHead&)>& change) {
  HttpHead head;
  head.method = "GET";
  head.target = "/";
  head.host = "127.0.0.1:4092";
  head.hosts = 1;
  change(head);
  const auto refusal = PageRules({"pool.example"}).check(head);
  return refusal ? refusal->status : 0;
}

TEST(PageRules, LetThroughWhoOnlyLooks) {
  EXPECT_EQ(status_of([](HttpHead&) {}), 0);
  EXPECT_EQ(status_of([](HttpHead& head) { head.method = "HEAD"; }), 0);
  EXPECT_EQ(status_of([](HttpHead& head) { head.host = "Pool.Example"; }), 0);
  EXPECT_EQ(status_of([](HttpHead& head) { head.host = "evil.example"; }), 403);
  EXPECT_EQ(status_of([](HttpHead& head) { head.hosts = 0; }), 400);
  EXPECT_EQ(status_of([](HttpHead& head) { head.hosts = 2; }), 400);
  EXPECT_EQ(status_of([](HttpHead& head) { head.has_origin = true; }), 403);
  EXPECT_EQ(status_of([](HttpHead& head) { head.has_body = true; }), 413);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"}) {
    EXPECT_EQ(status_of([&](HttpHead& head) { head.method = method; }), 405) << method;
  }
}

TEST(PageText, ANumberHasThePrefixThatFits) {
  EXPECT_EQ(with_prefix(0, "MAC/s"), "0 MAC/s");
  EXPECT_EQ(with_prefix(7, "nonces/s"), "7 nonces/s");
  EXPECT_EQ(with_prefix(0.256, "nonces/s"), "0.26 nonces/s");
  EXPECT_EQ(with_prefix(999.4, "x"), "999 x");
  EXPECT_EQ(with_prefix(999.6, "x"), "1.00 kx");
  EXPECT_EQ(with_prefix(12'345, "x"), "12.3 kx");
  EXPECT_EQ(with_prefix(4.56e14, "x"), "456 Tx");
  EXPECT_EQ(with_prefix(5e21, "x"), "5000 Ex");
}

TEST(PageText, WhatIsNoTextIsShownAsItsBytes) {
  EXPECT_EQ(escaped("a\nb\x01"), "a\\x0ab\\x01");
  EXPECT_EQ(escaped("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(escaped("\xff<"), "\\xff&lt;");
}

}  // namespace
}  // namespace pool::web
