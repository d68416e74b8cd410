#include <fmt/format.h>

#include "miner/settings/config_texts.h"

namespace miner {
namespace {

constexpr std::string_view kTemplateHead =
    R"(// Configuration of sprintminer. JSON with comments; commas before a closing bracket are fine.
// Flags win over the environment (SPRINTMINER_...), the environment over this file, this file over
// the defaults. `sprintminer config print` shows what counts and where it is from,
// `sprintminer --dry-run` tries it. What is marked live applies as soon as this file is saved.
{
)";

constexpr std::string_view kReferenceHead =
    R"(# Configuration

Written by `sprintminer config reference`; a test fails when it differs from the program.

A setting is a flag, a variable of the environment or a key of the configuration file. Flags win over the
environment, the environment over the file, the file over the defaults, each setting by itself; lists and the pools
are replaced as a whole. What is written in the file or the environment must be right even where a flag wins.
`sprintminer config print` shows each value with its source; `sprintminer --dry-run` also looks for the devices and ends
as mining would: with one line and code 2 when a setting is wrong, 3 when a device is not here.

The file is `-c FILE`, else `$XDG_CONFIG_HOME/sprintminer/config.json` (or `~/.config/sprintminer/config.json`), else
`/etc/sprintminer/config.json`; `--no-config` reads none. It is JSON with `//` and `/* */` comments and trailing commas,
at most 1 MiB. `sprintminer config init FILE` writes one with everything commented out. All of it is for mining: the
other commands take flags only.

```json
{
  "pools": [
    {"url": "stratum+ssl://pool.example:3443", "user": "account.worker", "pass": ""},
  ],
  "devices": ["cpu:0"],  // or "cpu:0"
  "opt": {"cpu.threads": 2},  // or ["cpu.threads=2"]
}
```

A switch is `true` or `false` (or `1` or `0`); its flag alone means `true`, and `--solo=false` sets back what the file
or the environment says. In the environment a list stands between commas, the values of `opt` between blanks, and one
pool is `SPRINTMINER_URL`, `SPRINTMINER_USER` and `SPRINTMINER_PASS`. An empty variable counts as not set.

A pool's URL begins with `stratum+ssl://` (port 3443 if none is given; `stratum+tls://` is the same) or `stratum+tcp://`
(3333), which is not encrypted and is warned of once, except on this machine. Without either, TLS is tried; where nobody
speaks it, `allow-plaintext` lets the miner go on without, with a warning. A certificate that does not verify is never
a reason for that. `tls-ca` adds to what the system trusts, for all pools, and is read anew for each connection.
`tls-pin` adds to verification and never replaces it; `openssl x509 -in CERT -pubkey -noout | openssl pkey -pubin
-outform der | openssl dgst -sha256 -binary | base64` prints what stands behind `sha256//`. A pool may ask its miners to
connect to another host: that is followed to the pool's own domain, and to the hosts in `redirect-to`. What is live of a connection
counts from the next one on. A `proxy` is used for pools only; those that the environment names (`http_proxy`) are not.
With `socks5h` and `http` the proxy looks up the pool's name, with `socks5` this machine does. `%XX` in user and
password stands for a byte.

A node is called by JSON-RPC: `http://HOST:PORT` (4091 if none is given), which is not encrypted either, or `https://`,
to which all that is said of TLS applies. It asks for a token: the pool's `pass`, or where that is empty and the node is on
this machine (`127.0.0.1`, `[::1]`, `localhost`; without a proxy) the line in the file `node-cookie`, which is read anew for
each call and goes to no other pool. `sprintpool --http` writes such a file. A token that a node does not take is not
tried again.

When the file changes, or on SIGHUP, it is read again. A bad file is one warning and changes nothing. What is live
applies at once; anything else is named as taking effect at the next start. The connection stays while its pool is
still listed.

What is live can be set on the screen, too; that wins over flags and all else for the rest of the run. Pools are
preferred and disabled there; a new list of them in the file comes in its own order. The screen can write the file: all
settings that are not at their default, and those that stood in it before, without its comments. `devices` then leaves
out those that you paused. It goes where the file is that was read, for the same users, else to the first of the places
above, readable by you alone. The old one stays beside it, with `.old` behind its name; your own is not written over
there by one that the screen wrote. A file that is there and was not read, as with `--no-config`, is left alone.

)";

/// The heading of a topic, before its first setting.
std::string template_topic(std::string_view topic) {
  return fmt::format("  // ---- {} {:-<{}}\n\n", topic, "", 70 - topic.size());
}

std::string template_pools() {
  std::string text =
      "  // In the order of preference: the next takes over when one cannot be reached. "
      "Live.\n";
  std::string members;
  for (const Setting& setting : settings_table()) {
    if (!setting.of_pool) continue;
    text += fmt::format("  //   {}: {}\n", setting.key, range_text(setting));
    members +=
        fmt::format("{}\"{}\": {}", members.empty() ? "" : ", ", setting.key, setting.example);
  }
  return text + fmt::format("  // \"{}\": [{{{}}}],\n\n", kPoolsKey, members);
}

std::string template_setting(const Setting& setting) {
  return fmt::format("  // {}\n  // {}; default: {}.{}{}\n  // \"{}\": {},\n\n", setting.meaning,
                     range_text(setting), default_text(setting),
                     setting.solo_only ? " Solo only." : "", setting.live ? " Live." : "",
                     setting.key, setting.example);
}

/// A cell of a table in Markdown.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code_cells(std::string_view names) {
  std::string out = "`";
  for (const char c : names) out += c == ',' ? std::string("`, `") : std::string(1, c);
  return out + "`";
}

std::string reference_row(const Setting& setting) {
  return fmt::format("| {} | `{}` | `{}` | {} | {} | {} | {}{} |\n", code_cells(setting.flags),
                     file_key(setting), environment_name(setting), cell(range_text(setting)),
                     cell(default_text(setting)), setting.live ? "yes" : "no",
                     cell(setting.meaning), setting.solo_only ? "; with `--solo` only" : "");
}

}  // namespace

std::string config_template() {
  std::string text(kTemplateHead);
  std::string_view topic;
  for (const Setting& setting : settings_table()) {
    if (setting.topic != topic) {
      text += template_topic(setting.topic);
      if (setting.of_pool) text += template_pools();
    }
    topic = setting.topic;
    if (!setting.of_pool) text += template_setting(setting);
  }
  text.pop_back();  // one of the two newlines
  return text + "}\n";
}

std::string config_reference() {
  std::string text(kReferenceHead);
  text += "| flag | key | environment | range | default | live | meaning |\n";
  text += "|---|---|---|---|---|---|---|\n";
  for (const Setting& setting : settings_table()) text += reference_row(setting);
  return text;
}

}  // namespace miner
