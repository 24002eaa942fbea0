/* provenance/box_hash.h - the digest that binds a manifest to its file.
 *
 * As c2pa.hash.bmff.v3 says (C2PA specification 2.2): of each box at the top level of the file, in
 * its order, where it begins (8 bytes, big-endian) and then all of it. ftyp, mfra and the
 * manifest's own box are left out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_BOX_HASH_H
#define PROVENANCE_BOX_HASH_H

#include "base/status.h"
#include "provenance/c2pa.h"

#include <stdint.h>

/* Of the file `fd` of `size` bytes, whose manifest has or will have the place [at, at + room): what
 * stands there is not read. Reads the file once, in pieces. `name` for messages. VIS_ERR_WRITE
 * (cannot be read back), VIS_ERR_INTERNAL (no row of boxes), VIS_ERR_MEMORY. */
vis_status box_hash(int fd, int64_t size, int64_t at, int64_t room, const char *name,
                    uint8_t digest[C2PA_HASH_BYTES], vis_error *err);

#endif
