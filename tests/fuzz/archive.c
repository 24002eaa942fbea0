/* fuzz/archive.c - zip archives: read by libzip, written here.
 *
 * Format (PKWARE's APPNOTE): for each entry a local header and its bytes, then for each a record of
 * the central directory, then the end record. All numbers are little-endian.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum { LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22 };

static bool read_entry(zip_t *zip, zip_uint64_t index, archive_entry *e)
{
    zip_stat_t st;
    if (zip_stat_index(zip, index, 0, &st) != 0 || st.size > ARCHIVE_MAX_BYTES) return false;
    const char *name = zip_get_name(zip, index, ZIP_FL_ENC_RAW);
    zip_file_t *file = name ? zip_fopen_index(zip, index, 0) : NULL;
    if (!file) return false;
    *e = (archive_entry){.data = malloc((size_t)st.size + 1)};
    snprintf(e->name, sizeof e->name, "%s", name);
    zip_int64_t got = e->data ? zip_fread(file, e->data, st.size) : -1;
    zip_fclose(file);
    if (got >= 0) e->size = (size_t)got;
    if (got < 0) free(e->data);
    return got >= 0;
}

bool archive_read(const uint8_t *data, size_t size, archive *out)
{
    zip_error_t why;
    *out = (archive){0};
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &why);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
    if (source && !zip) zip_source_free(source);
    zip_int64_t count = zip ? zip_get_num_entries(zip, 0) : 0;
    for (zip_int64_t i = 0; i < count && out->count < ARCHIVE_MAX_ENTRIES; i++)
        if (read_entry(zip, (zip_uint64_t)i, &out->entry[out->count])) out->count++;
    if (zip) zip_discard(zip);
    zip_error_fini(&why);
    return out->count > 0;
}

void archive_free(archive *a)
{
    for (int i = 0; i < a->count; i++)
        free(a->entry[i].data);
    a->count = 0;
}

static uint32_t checksum(const uint8_t *data, size_t size)
{
    uint32_t sum = ~(uint32_t)0;
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
    }
    return ~sum;
}

static uint8_t *put(uint8_t *at, uint32_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *at++ = (uint8_t)(number >> 8 * i);
    return at;
}

/* From "version needed" to "extra length", which local header and central record have in common. */
static uint8_t *put_facts(uint8_t *at, const archive_entry *e)
{
    at = put(at, 20, 2);
    at = put(at, 0, 2 + 2); /* flags, stored */
    at = put(at, 0, 4);     /* time and date */
    at = put(at, checksum(e->data, e->size), 4);
    at = put(at, (uint32_t)e->size, 4);
    at = put(at, (uint32_t)e->size, 4);
    at = put(at, (uint32_t)strlen(e->name), 2);
    return put(at, 0, 2);
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size)
{
    if (size) memcpy(at, bytes, size);
    return at + size;
}

size_t archive_write(const archive *a, uint8_t *out, size_t room)
{
    size_t total = END_SIZE;
    for (int i = 0; i < a->count; i++)
        total += LOCAL_SIZE + CENTRAL_SIZE + 2 * strlen(a->entry[i].name) + a->entry[i].size;
    if (total > room) return 0;
    uint8_t *at = out;
    uint32_t place[ARCHIVE_MAX_ENTRIES];
    for (int i = 0; i < a->count; i++) {
        const archive_entry *e = &a->entry[i];
        place[i] = (uint32_t)(at - out);
        at = put_facts(put(at, 0x04034b50, 4), e);
        at = put_bytes(put_bytes(at, e->name, strlen(e->name)), e->data, e->size);
    }
    uint32_t directory = (uint32_t)(at - out);
    for (int i = 0; i < a->count; i++) {
        at = put_facts(put(put(at, 0x02014b50, 4), 20, 2), &a->entry[i]);
        at = put(put(put(at, 0, 4), 0, 4), 0, 2); /* comment, disk, attributes */
        at = put(at, place[i], 4);
        at = put_bytes(at, a->entry[i].name, strlen(a->entry[i].name));
    }
    uint32_t length = (uint32_t)(at - out) - directory;
    at = put(put(at, 0x06054b50, 4), 0, 4);
    at = put(put(at, (uint32_t)a->count, 2), (uint32_t)a->count, 2);
    at = put(put(put(at, length, 4), directory, 4), 0, 2);
    return (size_t)(at - out);
}
