#include "tests/stratum/golden_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <fstream>

#include "base/check.h"

namespace stratum {
namespace {

std::string text_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string string_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd()) return "";
  return {found->value.GetString(), found->value.GetStringLength()};
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Golden golden_of(const std::string& record) {
  rapidjson::Document json;
  json.Parse(record.data(), record.size());
  CHECK(!json.HasParseError());
  Golden golden;
  golden.name = string_of(json, "name");
  golden.state = string_of(json, "state");
  golden.form = string_of(json, "form");
  golden.line = string_of(json, "line") + bytes_of_hex(string_of(json, "hex"));
  if (json.HasMember("pad")) golden.line.resize(json["pad"].GetUint(), ' ');
  golden.line += '\n';
  golden.written = json.HasMember("written");
  const auto& expect = json["expect"];
  if (expect.HasMember("events")) {
    for (const auto& event : expect["events"].GetArray()) {
      golden.events.emplace_back(event.GetString(), event.GetStringLength());
    }
  }
  if (expect.HasMember("error")) golden.error = expect["error"].GetInt();
  if (expect.HasMember("result")) golden.result = text_of(expect["result"]);
  golden.over = string_of(expect, "over");
  return golden;
}

}  // namespace

std::vector<Golden> read_golden(const std::string& path) {
  std::ifstream in(path);
  std::vector<Golden> all;
  for (std::string record; std::getline(in, record);) all.push_back(golden_of(record));
  return all;
}

void expect_answer(const Golden& golden, const std::string& output) {
  if (!golden.error && golden.result.empty()) {
    EXPECT_EQ(output, "");
    return;
  }
  rapidjson::Document json;
  json.Parse(output.data(), output.size());
  ASSERT_FALSE(json.HasParseError()) << output;
  if (golden.error) {
    ASSERT_TRUE(json["error"].IsArray()) << output;
    EXPECT_EQ(json["error"][0].GetInt(), *golden.error) << output;
    EXPECT_TRUE(json["result"].IsNull()) << output;
  } else {
    EXPECT_EQ(text_of(json["result"]), golden.result);
    EXPECT_TRUE(json["error"].IsNull()) << output;
  }
}

void expect_status(const Golden& golden, const base::Status& status) {
  EXPECT_EQ(status.ok(), golden.over.empty());
  const std::string message = status.ok() ? "" : status.message();
  EXPECT_THAT(message, testing::HasSubstr(golden.over));
}

}  // namespace stratum
