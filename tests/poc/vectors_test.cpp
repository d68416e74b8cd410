// The known answers of the proof's page: "What an implementation must show".

#include "tests/support/vectors.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "poc/reference.h"
#include "tests/poc/extent.h"
#include "tests/poc/vector_rows.h"

namespace poc {
namespace {

/// Checks every row of a file and returns how many there were.
std::size_t check_file(std::string_view name) {
  std::size_t rows = 0;
  for (const tests::VectorGroup& group : tests::load_vectors(name)) {
    const ReferenceModel model = ReferenceModel::make(group.model()).value();
    for (const tests::VectorRow& row : group.rows) tests::check_row(model, group, row);
    rows += group.rows.size();
  }
  return rows;
}

TEST(Vectors, Nano) {
  EXPECT_EQ(check_file("nano"), 16u);
}

TEST(Vectors, Micro) {
  EXPECT_EQ(check_file("micro"), 6u);
}

TEST(Vectors, Shapes) {
  EXPECT_EQ(check_file("shapes"), 19u);
}

TEST(Vectors, Base) {
  if (!tests::kBase) GTEST_SKIP() << "takes over a minute in all builds but the release one";
  EXPECT_EQ(check_file("base"), 2u);
}

}  // namespace
}  // namespace poc
