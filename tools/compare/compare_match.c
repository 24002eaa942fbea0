/* compare/compare_match.c - names, starts, characters and input faces.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_match.h"

#include "base/file.h"
#include "measure/metrics.h"
#include "measure/tensor_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sidecar_free(sidecar *c)
{
    figures_free(&c->figures);
    *c = (sidecar){.start = -1};
}

static vis_status read_summary(const char *path, sidecar *out, vis_error *err)
{
    VIS_TRY(figures_read(path, &out->figures, err));
    out->known = true;
    out->start = out->figures.count == 1 ? out->figures.column[0].start : -1;
    snprintf(out->file, sizeof out->file, "summary.json");
    return VIS_OK;
}

static vis_status read_metadata(const char *folder, sidecar *out, vis_error *err)
{
    tensor_folder f;
    VIS_TRY(tensor_folder_open(folder, &f, err));
    out->known = true;
    out->start = f.start;
    snprintf(out->file, sizeof out->file, "metadata.json");
    tensor_folder_close(&f);
    return VIS_OK;
}

vis_status sidecar_read(const side *s, sidecar *out, vis_error *err)
{
    *out = (sidecar){.start = -1};
    if (!side_has_names(s)) return VIS_OK;
    char *summary = path_join(side_path(s), "summary.json");
    char *metadata = path_join(side_path(s), "metadata.json");
    vis_status status = summary && metadata ? VIS_OK : vis_fail_memory(err, "file names");
    if (status == VIS_OK && side_kind_of(s) == SIDE_PICTURES && path_is_file(summary))
        status = read_summary(summary, out, err);
    else if (status == VIS_OK && side_kind_of(s) == SIDE_TENSORS && path_is_file(metadata))
        status = read_metadata(side_path(s), out, err);
    free(summary);
    free(metadata);
    if (status != VIS_OK) sidecar_free(out);
    return status;
}

vis_status match_sidecars(const side *a, const sidecar *x, const side *b, const sidecar *y,
                          vis_error *err)
{
    if (!x->known || !y->known) return VIS_OK;
    if (x->start >= 0 && y->start >= 0 && x->start != y->start)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "the runs start at different frames: %s/%s says %lld, %s/%s says %lld",
                        side_path(a), x->file, (long long)x->start, side_path(b), y->file,
                        (long long)y->start);
    const char *one = x->figures.count ? x->figures.column[0].character : "";
    const char *other = y->figures.count ? y->figures.column[0].character : "";
    if (one[0] && other[0] && strcmp(one, other) != 0)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "the runs are of different characters: %s/%s says %s, %s/%s says %s",
                        side_path(a), x->file, one, side_path(b), y->file, other);
    return VIS_OK;
}

/* Frames that one side has and the other has not: how many, and the first and last of them. */
typedef struct extras {
    int64_t count, first, last;
} extras;

static void note_extra(extras *e, int64_t i)
{
    if (e->count++ == 0) e->first = i;
    e->last = i;
}

static void describe_extras(const side *s, const extras *e, char *text, size_t size)
{
    char first[SIDE_NAME], last[SIDE_NAME];
    int64_t number;
    side_frame_name(s, e->first, first, &number);
    side_frame_name(s, e->last, last, &number);
    if (e->count == 0)
        snprintf(text, size, "none");
    else if (e->count == 1)
        snprintf(text, size, "%s", first);
    else
        snprintf(text, size, "%s %s %s (%lld)", first, e->count == 2 ? "and" : "...", last,
                 (long long)e->count);
}

static vis_status refuse(const side *a, const extras *x, const side *b, const extras *y,
                         vis_error *err)
{
    char only_a[2 * SIDE_NAME + 64], only_b[2 * SIDE_NAME + 64];
    describe_extras(a, x, only_a, sizeof only_a);
    describe_extras(b, y, only_b, sizeof only_b);
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "the frames do not correspond: only in A (%s): %s; only in B (%s): %s; compare "
                    "the same frames",
                    side_path(a), only_a, side_path(b), only_b);
}

vis_status match_names(const side *a, const side *b, int64_t first, vis_error *err)
{
    int64_t n = side_count(a), m = side_count(b), i = 0, k = 0;
    extras x = {0}, y = {0};
    if (n < 0 || m < 0) return VIS_OK; /* a checkpoint has what it is fed */
    if (first >= 0 && n > first) n = first;
    if (first >= 0 && m > first) m = first;
    bool named = side_has_names(a) && side_has_names(b) && side_kind_of(a) == side_kind_of(b);
    while (named && (i < n || k < m)) {
        int order = i == n ? 1 : k == m ? -1 : side_compare_frames(a, i, b, k);
        if (order < 0) note_extra(&x, i);
        if (order > 0) note_extra(&y, k);
        i += order <= 0;
        k += order >= 0;
    }
    if (x.count || y.count) return refuse(a, &x, b, &y, err);
    if (n == m) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "the frames do not correspond: %lld in %s, %lld in %s; compare the same frames",
                    (long long)n, side_path(a), (long long)m, side_path(b));
}

vis_status match_faces(const side_frame *a, const side_frame *b, vis_error *err)
{
    const picture *x = a->face, *y = b->face;
    if (!x || !y) return VIS_OK;
    if (x->width != y->width || x->height != y->height)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "%s: the networks were fed faces of other sizes, %d x %d and %d x %d",
                        b->name, x->width, x->height, y->width, y->height);
    difference d = {0};
    difference_add(&d, x, y, region_of(x));
    int64_t beyond = 0;
    for (int i = MATCH_FACE_STEP + 1; i < 256; i++)
        beyond += d.histogram[i];
    if ((double)beyond <= MATCH_FACE_SHARE * (double)d.values) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "A's %s and B's %s were made from different input faces (%.1f/255 apart, at "
                    "most %d): other frames, another character or another crop",
                    a->name, b->name, d.sum / (double)d.values, d.max);
}
