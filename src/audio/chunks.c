/* audio/chunks.c - a walk over chunk headers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/chunks.h"

#include <string.h>

#define CHUNKS_MAX 10000
#define HEADER_MAX 24
#define LEFTOVER_MIN 4096 /* bytes: less is padding, or a stray tag */

typedef struct chunk_form {
    const char *container; /* FFmpeg's name */
    char magic[5];         /* how a file begins; joined behind another, so does the next */
    char samples[5];       /* the chunk that holds them */
    int start;             /* of the first chunk */
    int id, size;          /* bytes of each in a chunk's header */
    bool big_endian;
    bool inclusive; /* the size counts the header */
    int align;
} chunk_form;

static const chunk_form forms[] = {
    {"wav", "RIFF", "data", 12, 4, 4, false, false, 2},
    {"aiff", "FORM", "SSND", 12, 4, 4, true, false, 2},
    {"caf", "caff", "data", 8, 4, 8, true, false, 1},
    {"w64", "riff", "data", 40, 16, 8, false, true, 8},
};

typedef struct chunk {
    char id[5];
    int64_t size;
} chunk;

static int64_t read_number(const uint8_t *p, int bytes, bool big_endian)
{
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number = number << 8 | p[big_endian ? i : bytes - 1 - i];
    return (int64_t)number;
}

static bool read_header(AVIOContext *io, int64_t at, const chunk_form *f, chunk *out)
{
    uint8_t header[HEADER_MAX] = {0};
    if (avio_seek(io, at, SEEK_SET) < 0) return false;
    if (avio_read(io, header, f->id + f->size) != f->id + f->size) return false;
    memcpy(out->id, header, 4);
    out->id[4] = '\0';
    out->size = read_number(header + f->id, f->size, f->big_endian);
    return true;
}

static bool is_name(const char id[5])
{
    for (int i = 0; i < 4; i++)
        if (id[i] < ' ' || id[i] > '~') return false;
    return true;
}

/* Beyond what the file holds, and one of the numbers that stand for "not known yet": the largest of
 * 32 bits with or without sign, less some headers, or two billion; -1 in CAF. */
static bool is_placeholder(int64_t size, int64_t left)
{
    static const int64_t tops[] = {INT64_C(1) << 31, INT64_C(1) << 32, INT64_C(2000000000)};
    if (size <= 0) return true;
    if (size <= left) return false;
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        if (size <= tops[i] && size > tops[i] - 4096) return true;
    return size >= INT64_MAX / 2;
}

static bool is_all_zero(AVIOContext *io, int64_t at)
{
    uint8_t bytes[LEFTOVER_MIN];
    if (avio_seek(io, at, SEEK_SET) < 0) return true;
    int got = avio_read(io, bytes, sizeof bytes);
    for (int i = 0; i < got; i++)
        if (bytes[i]) return false;
    return true;
}

static chunk_facts walk(AVIOContext *io, const chunk_form *f, int64_t end)
{
    chunk_facts facts = {0};
    chunk c;
    int64_t at = f->start;
    bool heard = false; /* the samples were passed */
    for (int n = 0; n < CHUNKS_MAX && at < end && read_header(io, at, f, &c); n++) {
        facts.another = heard && memcmp(c.id, f->magic, 4) == 0;
        bool named = is_name(c.id) && c.size >= (f->inclusive ? f->id + f->size : 0);
        if (facts.another || (heard && !named)) {
            bool counts = facts.another || (end - at >= LEFTOVER_MIN && !is_all_zero(io, at));
            facts.behind = counts ? end - at : 0;
            break;
        }
        int64_t inside = at + f->id + f->size;
        if (memcmp(c.id, f->samples, 4) == 0) {
            heard = true;
            facts.streamed = is_placeholder(c.size, end - inside);
        }
        if (facts.streamed || c.size < 0 || c.size > end - at) break;
        at = f->inclusive ? at + c.size : inside + c.size;
        at = (at + f->align - 1) / f->align * f->align;
    }
    return facts;
}

/* A second ftyp box at the top level. */
static chunk_facts walk_boxes(AVIOContext *io, int64_t end)
{
    chunk_facts facts = {0};
    int64_t at = 0;
    for (int n = 0; n < CHUNKS_MAX && end - at >= 8 && avio_seek(io, at, SEEK_SET) >= 0; n++) {
        uint8_t header[16] = {0};
        if (avio_read(io, header, 16) < 8) break;
        if (n > 0 && memcmp(header + 4, "ftyp", 4) == 0) {
            facts.another = true;
            facts.behind = end - at;
            break;
        }
        int64_t size = read_number(header, 4, true);
        if (size == 1) size = read_number(header + 8, 8, true);
        if (size < 8 || size > end - at) break;
        at += size;
    }
    return facts;
}

chunk_facts chunks_examine(const AVFormatContext *file)
{
    chunk_facts facts = {0};
    AVIOContext *io = file->pb;
    if (!(io->seekable & AVIO_SEEKABLE_NORMAL)) return facts;
    int64_t here = avio_tell(io), end = avio_size(io);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(file->iformat->name, forms[i].container) == 0) facts = walk(io, &forms[i], end);
    if (strncmp(file->iformat->name, "mov,", 4) == 0) facts = walk_boxes(io, end);
    avio_seek(io, here, SEEK_SET);
    return facts;
}
