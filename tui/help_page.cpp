#include "tui/help_page.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace tui {
namespace {

struct HelpLine {
  std::string_view what;
  std::string_view meaning;  // none: a heading
};

constexpr HelpLine kHelp[] = {
    {"Keys", ""},
    {"P", "pools: switch, enable, disable"},
    {"G", "devices: enable, disable, everything known of one"},
    {"S", "settings: see, change, write to the configuration"},
    {"D", "display: what the first page shows"},
    {"Q, q", "quit: submits what was found, then ends"},
    {"h", "rates of each device over 10 s, 60 s and 15 min"},
    {"p, r", "pause all devices; resume those that you paused"},
    {"s", "results of the last sprints"},
    {"c", "connection"},
    {"e", "health of each device: temperatures, fan, power, clocks, link"},
    {"0-9", "pause or resume the device of that number"},
    {"↑ ↓ PgUp PgDn", "scroll the log; Home and End: its begin and its end"},
    {"/ n N", "search the log; next match above, below; Esc ends it"},
    {"Ctrl-L", "draw everything anew"},
    {"Ctrl-Z", "suspend, mining included; fg goes on"},
    {"", " "},
    {"Above", ""},
    {"link", "ping: round trip to the pool; clock: the pool's minus ours"},
    {"sprint",
     "counted since the start; idle, weights (being made), waiting (for T0), racing, end"},
    {"[###...]", "weights made, then time to the deadline"},
    {"rate", "nonces per second, pauses between sprints included; MAC/s: multiply-accumulates"},
    {"H100", "651 TMAC/s: what one H100 was measured to do of the base profile, end to end"},
    {"last 10", "sprints: nonces computed (raw) and credited by the pool, per second of racing;"},
    {"", "95 % interval of the credited rate, !: it does not hold the raw one"},
    {"energy", "of the devices that tell their power, idle included, per nonce they computed"},
    {"credit", "nonces that the accepted shares stand for, by the pool's results"},
    {"accepted", "shares credited by their sprint's result; pending: no result yet"},
    {"rejected", "refused by the pool; stale: found or sent too late"},
    {"hw errors", "wrong digests: the device computes wrong; lower its clocks, check its cooling"},
    {"best", "the highest difficulty of any share found"},
    {"", " "},
    {"Connection", ""},
    {"jitter", "how far the last clock exchanges differ: root mean square"},
    {"found, sent", "p50, p95, p99: so many percent of the times were no longer"},
    {"before T_end", "of each submit's last byte; so many percent had no less, below 0: late"},
    {"not raced", "device time lost between start and deadline, and its nonces at the known rate"},
    {"", " "},
    {"Devices", ""},
    {"REST", "no sprint in sight, the card is free"},
    {"LOADING", "makes weights; READY: has them and waits for the start"},
    {"#", "counts the devices that mine, from 0"},
    {"OFF", "paused by you"},
    {"SICK", "failed or computes wrong; tried again, see the log"},
    {"DEAD", "given up until the next start"},
    {"A R HW", "shares accepted; rejected and stale; wrong digests"},
    {"margin", "time left before the last deadline when its last result came"},
    {"!", "behind a temperature: too hot, or the clocks are held down by heat"},
};

constexpr int kFirstColumn = 15;

}  // namespace

int help_lines() {
  return static_cast<int>(std::size(kHelp));
}

void draw_help(Canvas& canvas, const Area& area, int scrolled) {
  const int first = std::clamp(scrolled, 0, std::max(help_lines() - area.height, 0));
  for (int i = 0; i < area.height && first + i < help_lines(); ++i) {
    const HelpLine& line = kHelp[first + i];
    const int y = area.y + i;
    const bool heading = line.meaning.empty();
    const int end = area.x + area.width;
    canvas.text(area.x, y, heading ? area.width : kFirstColumn - 1, line.what,
                heading ? Style::kTitle : Style::kStrong);
    const int x = area.x + kFirstColumn;
    if (!heading) canvas.text(x, y, end - x, shortened(line.meaning, end - x));
  }
}

}  // namespace tui
