#include "pool/cli/command_payouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/pool/ledger_rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::kNoon;
using tests::LedgerFolder;
using tests::seconds;
using tests::settled_sprint;

constexpr RewardConfig kHundred{Scheme::kProportional, 1, 100, 50'000};

/// A command's output; its end, where a test asks, in `end`.
std::string output_of(const PayoutsOptions& options, PayoutsEnd* end = nullptr,
                      base::UnixTime now = kNoon) {
  std::ostringstream out;
  const PayoutsEnd ended = run_payouts(options, now, out);
  if (end != nullptr) *end = ended;
  return out.str();
}

LedgerFolder& filled(LedgerFolder& folder) {
  folder.write(settled_sprint(1, {{"alice", 3}, {"bob", 1}}, kHundred));
  return folder;
}

TEST(CommandPayouts, ExportsAndConfirmsForAPerson) {
  LedgerFolder folder;
  PayoutsOptions options{filled(folder).file()};
  PayoutsEnd end;
  const std::string exported =
      "payout 1 (exported; once it is paid: --confirm 1)\n"
      "account  amount\n"
      "alice        71\n"
      "bob          24\n"
      "total        95\n";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(output_of(options, &end), exported);
    EXPECT_EQ(end.code, 0);
    EXPECT_EQ(end.reason, "payout 1 is to be paid");
  }
  options.confirm = 1;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(output_of(options, &end), HasSubstr("payout 1 (paid)\n"));
    EXPECT_EQ(end.reason, "payout 1 is paid");
  }
  options.confirm.reset();
  EXPECT_EQ(output_of(options, &end), "nothing is due\n");
  EXPECT_EQ(end.code, 0);
  options.balances = true;
  EXPECT_EQ(output_of(options, &end),
            "account  held  due  exported  paid\n"
            "alice       0    0         0    71\n"
            "bob         0    0         0    24\n"
            "rewards 100 = fee 5 + held 0 + due 0 + exported 0 + paid 95\n");
  EXPECT_EQ(end.code, 0);
}

TEST(CommandPayouts, SpeaksJson) {
  LedgerFolder folder;
  PayoutsOptions options{filled(folder).file(), 30};
  options.format = PayoutsFormat::kJson;
  EXPECT_EQ(output_of(options),
            R"({"payout":{"id":1,"state":"exported","minimum":30,"exported_us":1800000000000000,)"
            R"("paid_us":null,"total":71,"items":[{"account":"alice","amount":71}]}})"
            "\n");
  options.confirm = 1;
  EXPECT_THAT(output_of(options, nullptr, kNoon + seconds(1)),
              HasSubstr(R"("state":"paid","minimum":30,"exported_us":1800000000000000,)"
                        R"("paid_us":1800000001000000)"));
  options.confirm.reset();
  EXPECT_EQ(output_of(options), "{\"payout\":null}\n");
  options.balances = true;
  EXPECT_EQ(output_of(options),
            R"({"balances":[{"account":"alice","held":0,"due":0,"exported":0,"paid":71},)"
            R"({"account":"bob","held":0,"due":24,"exported":0,"paid":0}],)"
            R"("rewards":100,"fee":5,"held":0,"due":24,"exported":0,"paid":71,"faults":[]})"
            "\n");
}

TEST(CommandPayouts, SpeaksCsv) {
  LedgerFolder folder;
  PayoutsOptions options{filled(folder).file()};
  options.format = PayoutsFormat::kCsv;
  EXPECT_EQ(output_of(options),
            "payout,state,account,amount\r\n1,exported,\"alice\",71\r\n1,exported,\"bob\",24\r\n");
  options.balances = true;
  EXPECT_EQ(output_of(options),
            "account,held,due,exported,paid\r\n\"alice\",0,0,71,0\r\n\"bob\",0,0,24,0\r\n");
}

TEST(CommandPayouts, ShowsWhatIsHeldAndDoesNotPayIt) {
  LedgerFolder folder;
  auto records = settled_sprint(1, {{"alice", 3}, {"bob", 1}}, kHundred);
  std::get<record::Closed>(records[1]).settled->judged = {{"alice", {}, {71, 0, 0}, {{1, 71}}}};
  folder.write(records);
  PayoutsOptions options{folder.file()};
  options.balances = true;
  EXPECT_EQ(output_of(options),
            "account  held  due  exported  paid\n"
            "alice      71    0         0     0\n"
            "bob         0   24         0     0\n"
            "rewards 100 = fee 5 + held 71 + due 24 + exported 0 + paid 0\n");
  options.format = PayoutsFormat::kJson;
  EXPECT_THAT(output_of(options), HasSubstr(R"({"account":"alice","held":71,"due":0,)"));
  EXPECT_THAT(output_of(options), HasSubstr(R"("fee":5,"held":71,"due":24,)"));
  options.format = PayoutsFormat::kCsv;
  EXPECT_THAT(output_of(options), HasSubstr("\"alice\",71,0,0,0\r\n"));
  options.balances = false;
  EXPECT_EQ(output_of(options), "payout,state,account,amount\r\n1,exported,\"bob\",24\r\n");
}

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

const std::vector<std::string> kEvilNames = {
    "=HYPERLINK(\"http://x\",\"y\")",
    "+1",
    "-1",
    "@sum",
    "\t=1",
    "\\x3d1",
    "=1",
    "a,b\"c\r\nd",
    "\x1b]0;t\x07",
    "Zo\xc3\xab",
    "Zo\\xc3\\xab",
    "\xe2\x80\xae"
    "evil",
    "\xf0\x9f\x98\x80",
    std::string("nul\0l", 5),
};

TEST(CommandPayouts, NamesOfMinersMeanNothingToATerminalOrASpreadsheet) {
  std::set<std::string> shown;
  for (const std::string& name : kEvilNames) {
    const std::string text = shown_account(name);
    EXPECT_TRUE(shown.insert(text).second) << text << " is shown twice";
    EXPECT_TRUE(is_printable(text)) << text;
    EXPECT_EQ(std::string("=+-@\t\r").find(text[0]), std::string::npos) << text;
  }
  EXPECT_EQ(shown_account("=1+1"), "\\x3d1+1");
  EXPECT_EQ(shown_account("a\\b"), "a\\x5cb");
  EXPECT_EQ(shown_account("o'neill-2"), "o'neill-2");
}

TEST(CommandPayouts, EveryFormatHoldsAnyName) {
  LedgerFolder folder;
  Weights credits;
  for (const std::string& name : kEvilNames) credits[name] = 1;
  folder.write(settled_sprint(1, credits, {Scheme::kProportional, 1, 1400, 0}));
  PayoutsOptions options{folder.file()};
  const std::string text = output_of(options);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3 + std::ssize(kEvilNames));

  options.format = PayoutsFormat::kCsv;
  const std::string csv = output_of(options);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + std::ssize(kEvilNames));
  EXPECT_THAT(csv, HasSubstr("\"\\x3dHYPERLINK(\"\"http://x\"\",\"\"y\"\")\",100\r\n"));

  options.format = PayoutsFormat::kJson;
  rapidjson::Document json;
  const std::string line = output_of(options);
  EXPECT_TRUE(is_printable(line.substr(0, line.size() - 1))) << line;
  json.Parse(line.c_str());
  ASSERT_FALSE(json.HasParseError());
  Weights read;
  for (const auto& item : json["payout"]["items"].GetArray()) {
    const auto& name = item["account"];
    read[{name.GetString(), name.GetStringLength()}] = item["amount"].GetUint64();
  }
  for (const std::string& name : kEvilNames) EXPECT_EQ(read[name], 100U) << base::printable(name);
}

TEST(CommandPayouts, EndsWithACodeAndWhy) {
  LedgerFolder folder;
  filled(folder);
  PayoutsEnd end;
  EXPECT_EQ(output_of({folder.path() + "/none.db"}, &end), "");
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.reason, HasSubstr("none.db: a pool makes it when it runs"));
  EXPECT_EQ(output_of({folder.file(), 1, 4}, &end), "");
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.reason, HasSubstr("there is no payout 4"));
  EXPECT_EQ(output_of({folder.file(), 1, 4, true}, &end), "");
  EXPECT_EQ(end.code, 2);
  folder.sql("UPDATE entries SET amount = amount + 1");
  EXPECT_THAT(output_of({folder.file(), 1, std::nullopt, true}, &end), HasSubstr("fault: "));
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.reason, HasSubstr("does not balance"));
  folder.sql("UPDATE accounts SET debits = credits + 5 WHERE kind = 'due'");
  EXPECT_THAT(output_of({folder.file(), 1, std::nullopt, true}, &end),
              HasSubstr("fault: account due:"))
      << "though nobody's balance can be told";
  EXPECT_EQ(end.code, 1);
  folder.sql("UPDATE accounts SET debits = 'x'");
  EXPECT_EQ(output_of({folder.file(), 1, std::nullopt, true}, &end), "");
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.reason, HasSubstr("it is damaged"));
}

TEST(CommandPayouts, AnOutputThatFailsCanBeHadAgain) {
  LedgerFolder folder;
  std::ostringstream broken;
  broken.setstate(std::ios::badbit);
  const PayoutsEnd end = run_payouts({filled(folder).file()}, kNoon, broken);
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.reason, HasSubstr("give the same command again"));
  EXPECT_THAT(output_of({folder.file()}), HasSubstr("payout 1 (exported"));
}

}  // namespace
}  // namespace pool
