#include <utility>

#include "base/bytes.h"
#include "miner/cli/argument_draft.h"
#include "miner/cli/flag_values.h"
#include "poc/target.h"

namespace miner {
namespace {

constexpr std::uint64_t kMaxSprints = 1'000'000'000;
constexpr std::uint64_t kMaxRecheckEvery = 1'000'000;
constexpr std::uint64_t kMinSprintSeconds = 2;
constexpr std::uint64_t kMaxSprintSeconds = 600;

constexpr const char* kWhatToMine =
    "nothing to mine: give a pool, -o stratum+tcp://HOST:PORT -u account.worker, or --solo for a "
    "pool inside the program";

constexpr std::string_view kSoloFlags[] = {"--profile", "--sprint-seconds", "--difficulty"};

/// The pool that -u and -p belong to.
base::Result<PoolArgument*> last_pool(MineArguments& mine) {
  if (mine.pools.empty()) {
    return base::invalid("it belongs to the -o before it, and there is none: write -o URL first");
  }
  return &mine.pools.back();
}

void define_pools(FlagSet& flags, MineArguments& mine) {
  flags.topic("Pools");
  flags.value("-o,--url,--pool", "URL",
              "stratum+tcp://HOST:PORT; again for pools to go to when it fails",
              [&mine](const std::string& value) -> base::Status {
                ASSIGN_OR_RETURN(std::string url, read_pool_url(value));
                mine.pools.push_back({std::move(url), "", ""});
                return base::Ok{};
              });
  flags.value("-u,--user", "USER", "account.worker at the -o before it",
              [&mine](const std::string& value) -> base::Status {
                ASSIGN_OR_RETURN(PoolArgument * pool, last_pool(mine));
                ASSIGN_OR_RETURN(pool->user, read_user(value));
                return base::Ok{};
              });
  flags.value("-p,--pass", "TEXT", "password at the -o before it",
              [&mine](const std::string& value) -> base::Status {
                ASSIGN_OR_RETURN(PoolArgument * pool, last_pool(mine));
                ASSIGN_OR_RETURN(pool->password, read_password(value));
                return base::Ok{};
              });
  flags.flag("--exit-on-loss", "end with code 6 when no pool can be reached",
             [&mine] { mine.exit_on_loss = true; });
}

void define_solo(FlagSet& flags, Draft& draft) {
  MineArguments& mine = draft.arguments.mine;
  flags.topic("Solo");
  flags.flag("--solo", "mine against a pool inside the program", [&mine] { mine.solo = true; });
  flags.value("--profile", "P", "a name or layers,dim,ffn (micro on a CPU, base on a GPU)",
              [&draft](const std::string& value) -> base::Status {
                draft.given.insert("--profile");
                ASSIGN_OR_RETURN(draft.arguments.mine.profile, poc::parse_profile(value));
                return base::Ok{};
              });
  flags.value("--sprint-seconds", "S", "length of a sprint, 2..600 (20)",
              [&draft](const std::string& value) -> base::Status {
                draft.given.insert("--sprint-seconds");
                ASSIGN_OR_RETURN(const std::uint64_t seconds,
                                 read_number(value, kMinSprintSeconds, kMaxSprintSeconds));
                draft.arguments.mine.sprint_length = std::chrono::seconds(seconds);
                return base::Ok{};
              });
  flags.value("--difficulty", "D", "difficulty of every share; else as the rate asks for",
              [&draft](const std::string& value) -> base::Status {
                draft.given.insert("--difficulty");
                ASSIGN_OR_RETURN(draft.arguments.mine.difficulty,
                                 read_number(value, 1, poc::kMaxDifficulty));
                return base::Ok{};
              });
}

void define_mining(FlagSet& flags, MineArguments& mine) {
  flags.topic("Mining");
  flags.value("--sprints", "N", "stop after N sprints",
              [&mine](const std::string& value) -> base::Status {
                ASSIGN_OR_RETURN(mine.sprints, read_number(value, 1, kMaxSprints));
                return base::Ok{};
              });
  flags.value(
      "--recheck-every", "N", "recompute 1 in N shares, 0: none (all of a GPU, 1 in 16 of a CPU)",
      [&mine](const std::string& value) -> base::Status {
        ASSIGN_OR_RETURN(const std::uint64_t every, read_number(value, 0, kMaxRecheckEvery));
        mine.recheck_every = static_cast<std::uint32_t>(every);
        return base::Ok{};
      });
}

base::Status check_solo(const Draft& draft) {
  if (draft.arguments.mine.pools.empty()) return base::Ok{};
  return base::invalid(
      "-o and --solo exclude each other: --solo mines against a pool inside the program");
}

base::Status check_pools(const Draft& draft) {
  for (const std::string_view flag : kSoloFlags) {
    if (draft.given.count(std::string(flag)) == 0) continue;
    return base::invalid(std::string(flag) + " goes with --solo only: with -o the pool decides");
  }
  for (const PoolArgument& pool : draft.arguments.mine.pools) {
    if (!pool.user.empty()) continue;
    return base::invalid("pool " + base::printable(pool.url) +
                         " has no user: write -o URL -u account.worker, -u behind its -o");
  }
  return base::Ok{};
}

}  // namespace

void define_mine(FlagSet flags, Draft& draft) {
  MineArguments& mine = draft.arguments.mine;
  define_pools(flags, mine);
  define_solo(flags, draft);
  define_mining(flags, mine);
  define_device_flags(flags, draft);
  flags.topic("Output");
  flags.flag("--no-tui", "plain lines instead of the screen", [&mine] { mine.no_tui = true; });
  define_json(flags, draft, "one JSON line on stdout at the end");
  define_log(flags, draft);
}

base::Status check_mine(const Draft& draft) {
  const MineArguments& mine = draft.arguments.mine;
  RETURN_IF_ERROR(logging::check(mine.log));
  if (mine.solo) return check_solo(draft);
  if (mine.pools.empty()) return base::invalid(kWhatToMine);
  return check_pools(draft);
}

}  // namespace miner
