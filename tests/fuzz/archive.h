/* fuzz/archive.h - zip archives taken apart and put together, so that a mutation inside an entry is
 * not stopped by sizes, offsets and checksums that no longer fit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FUZZ_ARCHIVE_H
#define FUZZ_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_MAX_ENTRIES 64
#define ARCHIVE_MAX_BYTES ((size_t)1 << 20) /* of an entry */

typedef struct archive_entry {
    char name[256];
    uint8_t *data; /* owned */
    size_t size;
} archive_entry;

typedef struct archive {
    archive_entry entry[ARCHIVE_MAX_ENTRIES];
    int count;
} archive;

/* Reads what entries can be read; false when that is none. To be freed in any case. */
bool archive_read(const uint8_t *data, size_t size, archive *out);
void archive_free(archive *a);

/* Writes the entries, uncompressed, as one archive of at most `room` bytes; 0 when they do not fit.
 */
size_t archive_write(const archive *a, uint8_t *out, size_t room);

#endif
