#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>

#include "stratum/codec_answers.h"
#include "stratum/node_answers.h"
#include "stratum/node_calls.h"
#include "tests/places.h"

// The calls and answers of golden/node/, each with the reaction it gets.
namespace stratum {
namespace {

std::vector<rapidjson::Document> records(const std::string& file) {
  std::vector<rapidjson::Document> all;
  std::ifstream in(std::string(SPRINT_GOLDEN_DIR) + "/node/" + file);
  for (std::string line; std::getline(in, line);) {
    all.emplace_back().Parse(line.c_str());
    EXPECT_FALSE(all.back().HasParseError()) << line;
  }
  return all;
}

TEST(NodeGolden, WhatANodeReads) {
  const auto all = records("calls.jsonl");
  EXPECT_GE(all.size(), 50u);
  for (const auto& record : all) {
    SCOPED_TRACE(record["name"].GetString());
    const node::ReadCall read = node::read_call(record["call"].GetString());
    const auto* fault = std::get_if<node::CallFault>(&read.call);
    const int code = record.HasMember("code") ? record["code"].GetInt() : 0;
    EXPECT_EQ(fault == nullptr ? 0 : fault->code, code) << (fault == nullptr ? "" : fault->text);
    if (fault != nullptr) continue;
    if (record.HasMember("no_share")) {  // the place of one that is not of the form
      const auto& question = std::get<node::Call>(read.call).question;
      EXPECT_FALSE(
          std::get<node::SubmitSprint>(question).shares.at(record["no_share"].GetUint()).readable);
    }
    const node::ReadCall again = node::read_call(node::write_call(std::get<node::Call>(read.call)));
    EXPECT_TRUE(std::holds_alternative<node::Call>(again.call)) << "it is written as it was read";
  }
}

/// Whether the result makes sense as one of `method`, to so many shares.
base::Status read_result(const json::Field& result, const std::string& method, std::size_t shares) {
  const auto status = [](const auto& read) {
    return read.ok() ? base::Status(base::Ok{}) : base::Status(read.error());
  };
  if (method == "getsprint") return status(node::read_work(result));
  if (method == "leasenonces") return status(codec::read_leases(result.at("leases")));
  if (method == "submitsprint") return status(node::read_verdicts(result, shares));
  if (method == "withdrawshares") return status(codec::read_withdrawn(result));
  if (method == "getsprintresult") return status(node::read_outcome(result));
  if (method == "gettime") return status(codec::read_time_answer(result));
  return base::invalid("an unknown method");
}

base::Status read_whole(const rapidjson::Document& record) {
  json::Document document;
  RETURN_IF_ERROR(document.parse(record["answer"].GetString()));
  ASSIGN_OR_RETURN(const node::Answer answer, node::read_answer(document.root(), 1));
  if (answer.error) return base::Ok{};
  const std::size_t shares = record.HasMember("shares") ? record["shares"].GetUint() : 0;
  return read_result(answer.result, record["to"].GetString(), shares);
}

TEST(NodeGolden, WhatAMinerReads) {
  const auto all = records("answers.jsonl");
  EXPECT_GE(all.size(), 40u);
  for (const auto& record : all) {
    SCOPED_TRACE(record["name"].GetString());
    const base::Status read = read_whole(record);
    EXPECT_EQ(read.ok(), record["good"].GetBool()) << (read.ok() ? "" : read.message());
  }
}

TEST(NodeGolden, WhatANodeWritesAMinerReads) {
  Announcement a{
      "s-0001", "pool.example", poc::make_profile(2, 128, 256).value(), {}, "alice", {}, {},
      {},       "none"};
  a.t_end = a.t0 + std::chrono::seconds(20);
  const StartNotice start{"s-0001", {}, {}, "none", a.t0, a.t_end};
  json::Document document;
  ASSERT_TRUE(document
                  .parse(node::write_work(1, {"p-1",
                                              base::UnixTime(std::chrono::seconds(5)),
                                              std::chrono::seconds(90),
                                              {{a, start}, {a, std::nullopt}}}))
                  .ok());
  const auto answer = node::read_answer(document.root(), 1);
  ASSERT_TRUE(answer.ok());
  const auto work = node::read_work(answer->result);
  ASSERT_TRUE(work.ok()) << work.message();
  EXPECT_EQ(work->poll_id, "p-1");
  ASSERT_EQ(work->sprints.size(), 2u);
  EXPECT_EQ(work->sprints[0].announcement, a);
  EXPECT_EQ(work->sprints[0].start->t_end, a.t_end);
  EXPECT_EQ(work->sprints[1].announcement, a);
  EXPECT_FALSE(work->sprints[1].start);
}

}  // namespace
}  // namespace stratum
