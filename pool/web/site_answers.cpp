// What the answers of the pages look like.
#include <fmt/format.h>

#include <utility>

#include "base/bytes.h"
#include "poc/sha256.h"
#include "pool/web/assets.h"
#include "pool/web/audit_body.h"
#include "pool/web/metrics_text.h"
#include "pool/web/site.h"
#include "pool/web/status_json.h"
#include "pool/web/status_page.h"

namespace pool::web {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kLines = "application/jsonl";
constexpr std::string_view kNotKept = "no-store";
constexpr std::string_view kAskAgain = "no-cache";  // whether it is still the same

/// Nothing from elsewhere, nothing inline, in nobody's frame; forms lead back here.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

std::string fields_of(std::string_view type, std::string_view cache) {
  return fmt::format(
      "Content-Type: {}\r\nCache-Control: {}\r\nContent-Security-Policy: {}\r\n"
      "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n",
      type, cache, kPolicy);
}

/// Whether an If-None-Match field names the tag.
bool names_tag(std::string_view field, std::string_view tag) {
  return field == "*" || field.find(tag) != std::string_view::npos;
}

}  // namespace

Site::Text Site::text_of(std::string_view type, std::string_view cache, std::string body) {
  poc::Sha256 hash;
  hash.update(body.data(), body.size());
  base::Bytes32 digest{};
  hash.finish(digest.data());
  std::string tag = '"' + base::to_hex(digest).substr(0, 24) + '"';
  return {fields_of(type, cache) + "ETag: " + tag + "\r\n", std::move(body), std::move(tag)};
}

void Site::answer(const Asked& by, HttpAnswer said) {
  ++counts_[said.status];
  said.head_alone = by.head_alone;
  by.reply(std::move(said));
}

void Site::answer(const Asked& by, const Text& text) {
  if (names_tag(by.if_none_match, text.tag)) return answer(by, HttpAnswer{304, text.fields});
  answer(by, HttpAnswer{200, text.fields, text.body});
}

void Site::fail(const Asked& by, int status, std::string_view why) {
  HttpAnswer said{status, fields_of(kPlain, kNotKept), std::string(why) + "\n"};
  if (status == 503) said.fields += "Retry-After: 1\r\n";
  answer(by, std::move(said));
}

HttpAnswer Site::refusal(const HttpRefusal& refusal) {
  ++counts_[refusal.status];
  HttpAnswer said{refusal.status, fields_of(kPlain, kNotKept), std::string(refusal.why) + "\n"};
  if (refusal.status == 405) said.fields += "Allow: GET, HEAD\r\n";
  return said;
}

void Site::answer_audit(std::string_view sprint, Asked& by) {
  const auto name = audit_file_name(sprint);
  if (!name || setup_.audit_folder.empty()) return fail(by, 404, "no such audit");
  auto file = AuditBody::open(setup_.audit_folder, *name);
  if (file == nullptr) return fail(by, 404, "no such audit");
  const std::string tag = fmt::format("\"{}-{:x}\"", sprint, file->version());
  HttpAnswer said{200, fields_of(kLines, kAskAgain) + "ETag: " + tag + "\r\n"};
  if (names_tag(by.if_none_match, tag)) {
    said.status = 304;
    return answer(by, std::move(said));
  }
  said.fields += fmt::format("Content-Disposition: attachment; filename=\"{}\"\r\n", *name);
  said.rest = std::move(file);
  answer(by, std::move(said));
}

void Site::show(const AccountAsked& asked, const AccountView& view) {
  for (const auto& [json, by] : asked.all) {
    answer(by,
           json ? HttpAnswer{200, fields_of(kJsonType, kNotKept), account_json(asked.account, view)}
                : HttpAnswer{200, fields_of(kHtml, kNotKept), account_page(asked.account, view)});
  }
}

void Site::take(Question question, View view) {
  if (!asking_ || question != question_) return;  // too late: it was asked again
  asking_ = false;
  const auto accounts = std::exchange(accounts_asked_, {});
  if (view.pool) {
    const bool audits = !setup_.audit_folder.empty();
    texts_ = Texts{text_of(kHtml, kAskAgain, status_page(*view.pool, audits)),
                   text_of(kJsonType, kAskAgain, status_json(*view.pool, audits)),
                   text_of(MetricsText::kContentType, kAskAgain, metrics_of(*view.pool, counts_))};
    texts_at_ = setup_.clock.now();
    for (const PageAsked& asked : std::exchange(pages_waiting_, {})) show(asked);
  }
  for (std::size_t i = 0; i < accounts.size() && i < view.accounts.size(); ++i) {
    show(accounts[i], view.accounts[i]);
  }
  ask();
}

}  // namespace pool::web
