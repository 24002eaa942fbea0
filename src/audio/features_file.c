/* audio/features_file.c - features that were computed elsewhere.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/features_foreign.h"
#include "audio/features_internal.h"
#include "audio/row_file.h"
#include "base/file.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct form {
    audio_mode mode;
    int64_t dim[2]; /* of a row; dim[0] 0: one-dimensional */
    int size;
} form;

static const form forms[] = {
    {AUDIO_AVE, {0, 512}, 512},
    {AUDIO_HUBERT, {2, 1024}, 2048},
    {AUDIO_WENET, {16, 512}, 8192},
};
#define FORMS (sizeof forms / sizeof *forms)

typedef struct file_source {
    feature_source base;
    row_file *file;
    char *path;
    int64_t rows;
    float *first; /* the first row that was read */
    int64_t reads;
    bool constant; /* all rows read so far are like the first */
} file_source;

static vis_status file_read_row(feature_source *base, int64_t row, float *out, bool *got,
                                vis_error *err)
{
    file_source *s = (file_source *)base;
    size_t bytes = (size_t)base->row_size * sizeof(float);
    *got = row < s->rows;
    if (!*got) return VIS_OK;
    *got = false;
    VIS_TRY(row_file_read(s->file, row * base->row_size, base->row_size, out, err));
    for (int i = 0; i < base->row_size; i++)
        if (!isfinite(out[i]))
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: number %d of row %lld is not finite; compute the features again",
                            s->path, i, (long long)row);
    if (s->reads++ == 0)
        memcpy(s->first, out, bytes);
    else
        s->constant = s->constant && memcmp(s->first, out, bytes) == 0;
    *got = true;
    return VIS_OK;
}

static vis_status file_seek(feature_source *base, int64_t *row, vis_error *err)
{
    file_source *s = (file_source *)base;
    if (*row > s->rows) *row = s->rows;
    return VIS_OK;
}

static int64_t file_count(const feature_source *base, bool *exact)
{
    *exact = true;
    return ((const file_source *)base)->rows;
}

static bool file_silent(const feature_source *base)
{
    const file_source *s = (const file_source *)base;
    return s->reads >= 2 && s->constant;
}

static void file_close(feature_source *base)
{
    file_source *s = (file_source *)base;
    row_file_close(s->file);
    free(s->first);
    free(s->path);
    free(s);
}

/* May rows of this form be given to who wants `wanted` (and `size` numbers a row, 0 for any)? */
static bool form_fits(const form *f, audio_mode wanted, int size)
{
    if (size != 0 && size != f->size) return false;
    if (wanted == AUDIO_NONE) return true;
    if (wanted == AUDIO_AVE_OR_HUBERT) return f->mode == AUDIO_AVE || f->mode == AUDIO_HUBERT;
    return wanted == f->mode;
}

/* "[T, 512] (ave) or [T, 2, 1024] (hubert)": the forms that would do. */
static const char *forms_text(audio_mode wanted, int size, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < FORMS; i++) {
        char shape[32];
        if (!form_fits(&forms[i], wanted, size) || used >= room) continue;
        int skip = forms[i].dim[0] == 0;
        shape_text(forms[i].dim + skip, 2 - skip, shape, sizeof shape);
        used += (size_t)snprintf(text + used, room - used, "%s[T, %s (%s)", used > 0 ? " or " : "",
                                 shape + 1, audio_mode_name(forms[i].mode));
    }
    if (used == 0) snprintf(text, room, "rows of %d numbers", size);
    return text;
}

/* Is this shape, without the number of rows, the form's, as it stands or flattened? */
static bool shape_is(const form *f, int rank, const int64_t *dim)
{
    if (rank == 2) return dim[1] == f->size;
    return rank == 3 && f->dim[0] != 0 && dim[1] == f->dim[0] && dim[2] == f->dim[1];
}

/* Finds what the file holds, and whether that is wanted. */
static vis_status recognise(file_source *s, audio_mode wanted, int size, vis_error *err)
{
    char has[128], wants[160];
    int64_t dim[TENSOR_MAX_RANK];
    int rank = row_file_shape(s->file, dim);
    if (!row_file_is_npy(s->file)) { /* raw: whole rows of ave, whose shape is not in the file */
        if (!path_has_suffix(s->path, ".bin"))
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: neither a .npy nor a raw .bin of float32 features", s->path);
        if (dim[0] % FEATURE_AVE_SIZE != 0)
            return vis_fail(err, VIS_ERR_MISMATCH,
                            "%s: %lld float32 values are no whole rows of %d; a .bin must hold ave "
                            "features, bring others as .npy",
                            s->path, (long long)dim[0], FEATURE_AVE_SIZE);
        dim[0] /= FEATURE_AVE_SIZE;
        dim[1] = FEATURE_AVE_SIZE;
        rank = 2;
    }
    const form *found = NULL;
    for (size_t i = 0; i < FORMS && found == NULL; i++)
        if (shape_is(&forms[i], rank, dim)) found = &forms[i];
    if (found == NULL || !form_fits(found, wanted, size))
        return vis_fail(err, VIS_ERR_MISMATCH, "%s: features of shape %s; %s is needed%s", s->path,
                        shape_text(dim, rank, has, sizeof has),
                        forms_text(wanted, size, wants, sizeof wants),
                        found == NULL ? features_shape_remedy(rank, dim) : "");
    if (dim[0] == 0) return vis_fail(err, VIS_ERR_FORMAT, "%s: holds no feature rows", s->path);
    s->base.mode = found->mode;
    s->base.row_size = found->size;
    s->rows = dim[0];
    return VIS_OK;
}

vis_status feature_source_open_file(input_file from, audio_mode wanted, int row_size_wanted,
                                    feature_source **out, vis_error *err)
{
    *out = NULL;
    file_source *s = calloc(1, sizeof *s);
    if (s == NULL) return vis_fail_memory(err, "a features file");
    s->base = (feature_source){.read = file_read_row,
                               .seek = file_seek,
                               .count = file_count,
                               .silent = file_silent,
                               .close = file_close};
    s->constant = true;
    s->path = text_copy(from.name, strlen(from.name));
    vis_status status = s->path != NULL ? VIS_OK : vis_fail_memory(err, "a file name");
    if (status == VIS_OK) status = row_file_open(from, &s->file, err);
    if (status == VIS_OK) status = recognise(s, wanted, row_size_wanted, err);
    if (status == VIS_OK && (s->first = calloc((size_t)s->base.row_size, sizeof(float))) == NULL)
        status = vis_fail_memory(err, "a features file");
    if (status != VIS_OK) {
        file_close(&s->base);
        return status;
    }
    *out = &s->base;
    return VIS_OK;
}
