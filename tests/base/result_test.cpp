#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace base {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return invalid("half: " + std::to_string(value) + " is odd");
  return value / 2;
}

Result<int> quarter(int value) {
  ASSIGN_OR_RETURN(const int once, half(value));
  ASSIGN_OR_RETURN(const int twice, half(once));
  return twice;
}

Status check_even(int value, int* calls) {
  ++*calls;
  if (value % 2 != 0) return device_fault("odd");
  return Ok{};
}

Status check_both(int a, int b, int* calls) {
  RETURN_IF_ERROR(check_even(a, calls));
  RETURN_IF_ERROR(check_even(b, calls));
  return Ok{};
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = half(8);
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(static_cast<bool>(good));
  EXPECT_EQ(good.value(), 4);
  EXPECT_EQ(*good, 4);
  const Result<int> bad = half(7);
  ASSERT_FALSE(bad.ok());
  EXPECT_FALSE(static_cast<bool>(bad));
  EXPECT_EQ(bad.error().fault, Fault::kInvalid);
  EXPECT_EQ(bad.message(), "half: 7 is odd");
}

TEST(Result, EachKindOfFaultHasItsMaker) {
  EXPECT_EQ(invalid("a").fault, Fault::kInvalid);
  EXPECT_EQ(unavailable("b").fault, Fault::kUnavailable);
  EXPECT_EQ(no_memory("c").fault, Fault::kNoMemory);
  EXPECT_EQ(device_fault("d").fault, Fault::kDevice);
  EXPECT_EQ(wrong_result("w").fault, Fault::kWrong);
  EXPECT_EQ(io_error("e").fault, Fault::kIo);
  EXPECT_EQ(io_error("e").message, "e");
}

TEST(Result, GivesAccessThroughPointers) {
  Result<std::string> text = std::string("share");
  EXPECT_EQ(text->size(), 5u);
  text->append("s");
  *text += "!";
  text.value() += "?";
  EXPECT_EQ(*text, "shares!?");
}

TEST(Result, MovesOutWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> owner = std::make_unique<int>(7);
  int* const address = owner->get();
  const std::unique_ptr<int> moved = std::move(owner).value();
  EXPECT_EQ(moved.get(), address);
  const std::unique_ptr<int> again = *Result<std::unique_ptr<int>>(std::make_unique<int>(8));
  EXPECT_EQ(*again, 8);
}

TEST(Result, ATextAndAnErrorAreToldApart) {
  const Result<std::string> value = std::string("text");
  const Result<std::string> error = invalid("text");
  EXPECT_TRUE(value.ok());
  EXPECT_FALSE(error.ok());
}

TEST(Result, DoesNotConvertToItsValueSilently) {
  EXPECT_FALSE((std::is_convertible_v<Result<int>, int>));
  EXPECT_FALSE((std::is_convertible_v<Result<int>, bool>));
}

TEST(AssignOrReturn, GoesOnWithTheValue) {
  const Result<int> result = quarter(12);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 3);
}

TEST(AssignOrReturn, ReturnsTheFirstError) {
  EXPECT_EQ(quarter(7).message(), "half: 7 is odd");
  EXPECT_EQ(quarter(6).message(), "half: 3 is odd");
}

TEST(AssignOrReturn, EvaluatesOnce) {
  int calls = 0;
  const auto counted = [&calls]() -> Result<int> {
    ++calls;
    return 1;
  };
  const auto use = [&]() -> Result<int> {
    ASSIGN_OR_RETURN(const int one, counted());
    return one;
  };
  EXPECT_TRUE(use().ok());
  EXPECT_EQ(calls, 1);
}

TEST(AssignOrReturn, MovesIntoWhatIsThere) {
  std::unique_ptr<int> target;
  const auto fill = [&target]() -> Status {
    ASSIGN_OR_RETURN(target, Result<std::unique_ptr<int>>(std::make_unique<int>(5)));
    return Ok{};
  };
  ASSERT_TRUE(fill().ok());
  EXPECT_EQ(*target, 5);
}

TEST(AssignOrReturn, KeepsTheKindAcrossTypes) {
  const auto other_type = []() -> Result<std::string> {
    ASSIGN_OR_RETURN(const int value, Result<int>(no_memory("profile base")));
    return std::to_string(value);
  };
  EXPECT_EQ(other_type().error().fault, Fault::kNoMemory);
  EXPECT_EQ(other_type().message(), "profile base");
}

TEST(ReturnIfError, StopsAtTheFirstError) {
  int calls = 0;
  EXPECT_TRUE(check_both(2, 4, &calls).ok());
  EXPECT_EQ(calls, 2);
  const Status first = check_both(1, 4, &calls);
  EXPECT_EQ(first.error().fault, Fault::kDevice);
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(check_both(2, 3, &calls).ok());
  EXPECT_EQ(calls, 5);
}

TEST(ResultDeathTest, AskingForWhatIsNotThereAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(half(7).value()), "result\\.h:[0-9]+: check failed: ok\\(\\)");
  EXPECT_DEATH(static_cast<void>(*half(7)), "check failed: ok\\(\\)");
  EXPECT_DEATH(static_cast<void>(half(8).error()), "check failed: !ok\\(\\)");
  EXPECT_DEATH(static_cast<void>(half(8).message()), "check failed: !ok\\(\\)");
}

}  // namespace
}  // namespace base
