#include "pool/cli/verifier_list.h"

#include <gtest/gtest.h>

namespace pool {
namespace {

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> names;
  for (const VerifierSource& source : verifier_sources({}, verifier_names(list).value(), 1)) {
    names.push_back(source.name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(VerifierList, HasTheReferenceBehindItUnlessItIsOneOfSeveral) {
  EXPECT_EQ(names_of(""), (Names{"processor", "reference"}));
  EXPECT_EQ(names_of("reference"), (Names{"reference", "reference"})) << "other weights";
  EXPECT_EQ(names_of("card:0"), (Names{"card:0", "reference"}));
  EXPECT_EQ(names_of("card:1,card:0"), (Names{"card:1", "card:0", "reference"}));
  EXPECT_EQ(names_of("reference,cpu"), (Names{"reference", "cpu"}));
}

TEST(VerifierList, RefusesWhatNamesNothingOrOneTwice) {
  EXPECT_EQ(verifier_names("a,").message(), "a backend is wanted");
  EXPECT_EQ(verifier_names(",a").message(), "a backend is wanted");
  EXPECT_EQ(verifier_names("a,b,a").message(), "'a' is named twice");
  std::string many = "c0";
  for (int i = 1; i <= 64; ++i) many += ",c" + std::to_string(i);
  EXPECT_EQ(verifier_names(many).message(), "more than 64 are named");
}

TEST(VerifierList, OpensWhatIsNamed) {
  const auto sources = verifier_sources({}, {"reference", "quda"}, 1);
  EXPECT_TRUE(sources[0].open({}).ok());
  EXPECT_EQ(sources[1].open({}).message(), "'quda': no such backend; there is reference");
}

}  // namespace
}  // namespace pool
