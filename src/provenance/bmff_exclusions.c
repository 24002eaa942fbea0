/* provenance/bmff_exclusions.c - which bytes of an MP4 file the hash of a manifest leaves out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/bmff_exclusions.h"

#include "media/mp4_boxes.h"
#include "provenance/c2pa.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATA_MAX = 256, HEADER = 8, LARGE_HEADER = 16, UUID_BYTES = 16 };

/* One step of a path: boxes of a type, or of those the one of that number (from 1; 0: each). */
typedef struct path_step {
    char type[5];
    int64_t number;
} path_step;

typedef struct box_path {
    int depth;
    path_step step[BMFF_PATH_DEPTH];
} box_path;

typedef struct search {
    int fd;
    int boxes_left;
    const cbor_item *exclusion;
    bmff_ranges *out;
    bmff_read state;
} search;

static bool read_number(const uint8_t **at, const uint8_t *end, int64_t *out)
{
    const uint8_t *p = *at + 1; /* behind the bracket */
    for (*out = 0; p < end && *p >= '0' && *p <= '9' && *out < INT32_MAX; p++)
        *out = *out * 10 + (*p - '0');
    if (p == end || *p != ']' || *out == 0) return false;
    *at = p + 1;
    return true;
}

static bool read_path(const cbor_item *exclusion, box_path *out)
{
    byte_span text;
    const cbor_item xpath = cbor_read_key(exclusion, "xpath");
    *out = (box_path){0};
    if (!cbor_read_text(&xpath, &text)) return false;
    const uint8_t *at = text.data, *end = at + text.size;
    while (at < end) {
        if (*at++ != '/' || end - at < 4 || out->depth == BMFF_PATH_DEPTH) return false;
        path_step *s = &out->step[out->depth++];
        memcpy(s->type, at, 4);
        at += 4;
        if (at < end && *at == '[' && !read_number(&at, end, &s->number)) return false;
    }
    return out->depth > 0;
}

static int header_size(int fd, const mp4_part *box)
{
    uint8_t size[4];
    bool large = pread(fd, size, 4, box->start) == 4 && mp4_read32(size) == 1;
    return large ? LARGE_HEADER : HEADER;
}

/* Where the boxes inside a box begin; only `meta`, of those that hold boxes, has a version first. */
static int64_t inside_of(int fd, const mp4_part *box)
{
    return box->start + header_size(fd, box) + (strcmp(box->type, "meta") == 0 ? 4 : 0);
}

static void malformed(search *s)
{
    s->state = BMFF_MALFORMED;
}

static bool has_length(search *s, const mp4_part *box)
{
    const cbor_item length = cbor_read_key(s->exclusion, "length");
    int64_t wanted;
    if (length.kind == CBOR_NONE || cbor_is_null(&length)) return true;
    return cbor_read_integer(&length, &wanted) && wanted == box->size;
}

/* Version and flags are the four bytes behind the header, in a uuid box behind its identifier. */
static bool read_version(const search *s, const mp4_part *box, uint8_t out[4])
{
    int at = header_size(s->fd, box) + (strcmp(box->type, "uuid") == 0 ? UUID_BYTES : 0);
    return box->size >= at + 4 && pread(s->fd, out, 4, box->start + at) == 4;
}

static bool has_version(search *s, const mp4_part *box)
{
    const cbor_item version = cbor_read_key(s->exclusion, "version");
    int64_t wanted;
    uint8_t is[4];
    if (version.kind == CBOR_NONE || cbor_is_null(&version)) return true;
    return cbor_read_integer(&version, &wanted) && read_version(s, box, is) && is[0] == wanted;
}

static bool has_flags(search *s, const mp4_part *box)
{
    const cbor_item flags = cbor_read_key(s->exclusion, "flags");
    const cbor_item exact = cbor_read_key(s->exclusion, "exact");
    byte_span wanted;
    uint8_t is[4];
    bool all = true;
    if (flags.kind == CBOR_NONE || cbor_is_null(&flags)) return true;
    if (!cbor_read_bytes(&flags, &wanted) || wanted.size != 3 || !read_version(s, box, is))
        return false;
    if (!cbor_read_bool(&exact, &all)) all = true;
    for (int i = 0; i < 3; i++) {
        uint8_t relevant = all ? 0xFF : wanted.data[i];
        if ((is[i + 1] & relevant) != wanted.data[i]) return false;
    }
    return true;
}

static bool has_bytes(search *s, const mp4_part *box, const cbor_item *datum)
{
    const cbor_item offset = cbor_read_key(datum, "offset"), value = cbor_read_key(datum, "value");
    int64_t at;
    byte_span wanted;
    uint8_t is[DATA_MAX];
    if (!cbor_read_integer(&offset, &at) || !cbor_read_bytes(&value, &wanted) || at < 0) {
        malformed(s);
        return false;
    }
    if (wanted.size > DATA_MAX) {
        s->state = BMFF_BEYOND;
        return false;
    }
    if (at > box->size || (int64_t)wanted.size > box->size - at) return false;
    return pread(s->fd, is, wanted.size, box->start + at) == (ssize_t)wanted.size &&
           memcmp(is, wanted.data, wanted.size) == 0;
}

static bool has_data(search *s, const mp4_part *box)
{
    const cbor_item data = cbor_read_key(s->exclusion, "data");
    cbor_item datum;
    cbor_walk walk = cbor_walk_begin(&data);
    while (cbor_walk_next(&walk, &datum))
        if (!has_bytes(s, box, &datum)) return false;
    return true;
}

static void add_range(search *s, int64_t start, int64_t end)
{
    if (start >= end) return;
    if (s->out->count == BMFF_MAX_RANGES)
        s->state = BMFF_BEYOND;
    else
        s->out->range[s->out->count++] = (bmff_range){start, end};
}

/* A subset counts from the box's start; a length of 0 goes to its end. */
static void add_subset(search *s, const mp4_part *box, const cbor_item *subset)
{
    const cbor_item offset = cbor_read_key(subset, "offset"),
                    length = cbor_read_key(subset, "length");
    int64_t at, size;
    if (!cbor_read_integer(&offset, &at) || !cbor_read_integer(&length, &size) || at < 0 ||
        size < 0) {
        malformed(s);
        return;
    }
    if (at >= box->size) return;
    int64_t room = box->size - at;
    if (size == 0 || size > room) size = room;
    add_range(s, box->start + at, box->start + at + size);
}

static void exclude(search *s, const mp4_part *box)
{
    const cbor_item subsets = cbor_read_key(s->exclusion, "subset");
    if (subsets.kind != CBOR_ARRAY) {
        add_range(s, box->start, box->start + box->size);
        return;
    }
    cbor_item subset;
    cbor_walk walk = cbor_walk_begin(&subsets);
    while (s->state == BMFF_READ && cbor_walk_next(&walk, &subset))
        add_subset(s, box, &subset);
}

/* Reads on among the boxes of file[at..end) to the next of the step's; false: there is none. */
static bool next_box(search *s, int64_t *at, int64_t end, const path_step *step, int64_t *seen,
                     mp4_part *box)
{
    while (s->state == BMFF_READ && mp4_part_read(s->fd, *at, end, box)) {
        *at += box->size;
        if (--s->boxes_left < 0) {
            s->state = BMFF_BEYOND;
            return false;
        }
        if (memcmp(box->type, step->type, 4) != 0) continue;
        if (step->number == 0 || ++*seen == step->number) return true;
    }
    return false;
}

/* Walks all boxes that a path leads to: at each depth the place where it goes on. */
static void search_path(search *s, const box_path *path, int64_t file_size)
{
    struct {
        int64_t at, end, seen;
    } level[BMFF_PATH_DEPTH] = {{.end = file_size}};
    int depth = 0;
    while (depth >= 0) {
        mp4_part box;
        if (!next_box(s, &level[depth].at, level[depth].end, &path->step[depth], &level[depth].seen,
                      &box)) {
            depth--;
            continue;
        }
        if (depth + 1 < path->depth) {
            level[++depth].at = inside_of(s->fd, &box);
            level[depth].end = box.start + box.size;
            level[depth].seen = 0;
        } else if (has_length(s, &box) && has_version(s, &box) && has_flags(s, &box) &&
                   has_data(s, &box)) {
            exclude(s, &box);
        }
    }
}

static bool names(const box_path *path, const char *const types[])
{
    for (int i = 0; types[i]; i++)
        if (memcmp(path->step[0].type, types[i], 4) == 0) return true;
    return false;
}

/* The three exclusions that every manifest has, as far as the paths tell. */
static bool is_obligatory(const box_path *path)
{
    static const char *const types[] = {"uuid", "ftyp", "mfra", NULL};
    return path->depth == 1 && names(path, types);
}

static bool is_media(const box_path *path)
{
    static const char *const types[] = {"moov", "mdat", "moof", NULL};
    return names(path, types);
}

static int by_start(const void *a, const void *b)
{
    const bmff_range *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

/* Joins what overlaps or touches. */
static void tidy(bmff_ranges *r)
{
    int kept = 0;
    qsort(r->range, (size_t)r->count, sizeof *r->range, by_start);
    for (int i = 0; i < r->count; i++) {
        bmff_range *last = kept ? &r->range[kept - 1] : NULL;
        if (!last || r->range[i].start > last->end)
            r->range[kept++] = r->range[i];
        else if (r->range[i].end > last->end)
            last->end = r->range[i].end;
    }
    r->count = kept;
}

bmff_read bmff_exclusions_read(int fd, int64_t file_size, const cbor_item *exclusions,
                               bmff_ranges *out)
{
    cbor_item exclusion;
    search s = {.fd = fd, .boxes_left = BMFF_MAX_BOXES, .exclusion = &exclusion, .out = out};
    cbor_walk walk = cbor_walk_begin(exclusions);
    out->count = 0;
    out->additional = out->media = false;
    for (int i = 0; s.state == BMFF_READ && cbor_walk_next(&walk, &exclusion); i++) {
        box_path path;
        if (i == BMFF_MAX_EXCLUSIONS) return BMFF_BEYOND;
        if (!read_path(&exclusion, &path)) return BMFF_MALFORMED;
        if (!is_obligatory(&path)) out->additional = true;
        if (is_media(&path)) out->media = true;
        search_path(&s, &path, file_size);
    }
    tidy(out);
    return s.state;
}
