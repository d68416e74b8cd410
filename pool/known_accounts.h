#pragma once

#include <vector>

#include "pool/database.h"
#include "pool/journal.h"

namespace pool {

/// What the database knows of accounts and holds of theirs, as Saved::known. A row that makes no
/// sense refuses the file: unlike a share, it is money, or the reason to trust somebody.
base::Result<std::vector<Saved::Known>> load_known(Database& database);

}  // namespace pool
