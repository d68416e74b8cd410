// The desk's stop watch: what shares take on their way.
#include "miner/share_desk.h"

namespace miner {

void ShareDesk::departed(const std::string& sprint, std::uint64_t seq, base::SteadyTime at,
                         base::UnixTime pool_time) {
  owner_.assert_here();
  const auto [book, share] = by_seq(sprint, seq);
  if (share == nullptr || share->state != State::kSent) return;
  const bool first = !share->departed_at;
  share->departed_at = at;
  // What an earlier run found was known before we were, and its T_end is not its race's.
  if (book->race == nullptr) return;
  for (ShareTimes* times : {&times_, &book->times}) {
    if (first) times->delay.add(at - share->found_at);
    if (!share->was_stored) times->margin.add(book->race->pool_t_end - pool_time);
  }
}

void ShareDesk::note_answer(Book& book, const Share& share, base::SteadyTime now) {
  if (!share.departed_at || book.race == nullptr) return;  // nothing of an earlier run's
  times_.answer.add(now - *share.departed_at);
  book.times.answer.add(now - *share.departed_at);
}

}  // namespace miner
