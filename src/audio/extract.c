/* audio/extract.c - rows and mel frames into .npy files whose length is known only at the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "audio/extract.h"

#include "audio/features_internal.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/npy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An .npy [rows, size] being written: a blank header first, the real one over it at the end. */
typedef struct row_writer {
    const char *path;
    char *temporary;
    FILE *file;
    int size;
    int64_t rows;
} row_writer;

static vis_status write_failed(const row_writer *w, vis_error *err)
{
    return vis_fail(err, vis_errno_status(VIS_ERR_WRITE), "%s: cannot write: %s", w->path,
                    strerror(errno));
}

static vis_status writer_open(row_writer *w, const char *path, int size, vis_error *err)
{
    char blank[NPY_HEADER_SIZE] = {0};
    *w = (row_writer){.path = path, .size = size};
    if (path == NULL) return VIS_OK;
    w->temporary = file_temporary_name(path);
    if (w->temporary == NULL) return vis_fail_memory(err, "a file name");
    VIS_TRY(file_check_output(path, err)); /* before long work */
    w->file = fopen(w->temporary, "wbe");
    if (w->file == NULL || fwrite(blank, sizeof blank, 1, w->file) != 1)
        return write_failed(w, err);
    return VIS_OK;
}

static vis_status writer_rows(row_writer *w, const float *rows, int count, vis_error *err)
{
    if (w->file == NULL || count == 0) return VIS_OK;
    size_t numbers = (size_t)count * (size_t)w->size;
    if (fwrite(rows, sizeof(float), numbers, w->file) != numbers) return write_failed(w, err);
    w->rows += count;
    return VIS_OK;
}

static vis_status writer_commit(row_writer *w, vis_error *err)
{
    char header[NPY_HEADER_SIZE];
    int64_t dim[2] = {w->rows, w->size};
    if (w->file == NULL) return VIS_OK;
    if (npy_make_header(header, sizeof header, TENSOR_F32, 2, dim) != sizeof header)
        return vis_fail(err, VIS_ERR_INTERNAL, "%s: the .npy header is too long", w->path);
    bool fine = fseek(w->file, 0, SEEK_SET) == 0 &&
                fwrite(header, sizeof header, 1, w->file) == 1 && fflush(w->file) == 0;
    if (!fine) return write_failed(w, err);
    int closed = fclose(w->file);
    w->file = NULL;
    if (closed != 0) return write_failed(w, err);
    return file_commit(w->temporary, w->path, err); /* removes it when that fails */
}

static void writer_close(row_writer *w)
{
    if (w->file != NULL) (void)fclose(w->file); /* given up */
    file_discard(w->temporary);                 /* where it has not got its name */
    free(w->temporary);
}

static vis_status mel_to_writer(void *user, const float *frames, int count, vis_error *err)
{
    return writer_rows(user, frames, count, err);
}

typedef struct extraction {
    row_writer features, mel;
    features_progress progress;
    void *user;
    features_summary summary;
} extraction;

static vis_status report(const extraction *x, int64_t done, int64_t expected, vis_error *err)
{
    if (x->progress == NULL || x->progress(x->user, done, expected)) return VIS_OK;
    return vis_fail(err, VIS_ERR_CANCELLED, "stopped before the features were complete");
}

static void summarise(extraction *x, const mel_source *mel)
{
    const speech_reader *speech = mel_source_speech(mel);
    x->summary.mel_frames = mel_source_count(mel, NULL);
    x->summary.seconds = (double)speech_reader_length(speech, NULL) / SPEECH_RATE;
    x->summary.silent = speech_reader_peak(speech) <= FEATURE_SILENT_PEAK;
}

/* All feature rows (the mel frames come by the way). */
static vis_status extract_features(extraction *x, feature_source *source, vis_error *err)
{
    float row[FEATURE_AVE_SIZE];
    bool got = true;
    while (got) {
        VIS_TRY(feature_source_next(source, row, &got, err));
        if (!got) break;
        VIS_TRY(writer_rows(&x->features, row, 1, err));
        x->summary.rows++;
        if (x->summary.rows % FEATURE_AVE_RATE == 0)
            VIS_TRY(report(x, x->summary.rows, feature_source_count(source, NULL), err));
    }
    summarise(x, feature_source_mel(source));
    return report(x, x->summary.rows, x->summary.rows, err);
}

/* The mel frames alone. */
static vis_status extract_mel(extraction *x, mel_source *source, vis_error *err)
{
    float frames[MEL_RATE * MEL_BANDS]; /* one second */
    int got = 1;
    for (int64_t done = 0; got > 0; done += got) {
        VIS_TRY(mel_source_read(source, frames, MEL_RATE, &got, err));
        VIS_TRY(writer_rows(&x->mel, frames, got, err));
        VIS_TRY(report(x, done + got, mel_source_count(source, NULL), err));
    }
    summarise(x, source);
    return VIS_OK;
}

static vis_status extract(extraction *x, const char *audio_path, const model *encoder,
                          thread_pool *pool, const vis_log *log, vis_error *err)
{
    vis_status status;
    if (x->features.path == NULL) {
        mel_source *source;
        VIS_TRY(mel_source_open(input_path(audio_path), log, &source, err));
        status = extract_mel(x, source, err);
        mel_source_close(source);
        return status;
    }
    feature_source *source;
    VIS_TRY(feature_source_open_tapped(input_path(audio_path), encoder, pool, log, mel_to_writer,
                                       &x->mel, &source, err));
    status = extract_features(x, source, err);
    feature_source_close(source);
    return status;
}

vis_status features_write(const char *audio_path, const model *encoder, thread_pool *pool,
                          const vis_log *log, const char *features_path, const char *mel_path,
                          features_progress progress, void *user, features_summary *summary,
                          vis_error *err)
{
    if (features_path != NULL && encoder == NULL)
        return vis_fail(err, VIS_ERR_USAGE, "features need an audio encoder");
    if (features_path != NULL && mel_path != NULL && strcmp(features_path, mel_path) == 0)
        return vis_fail(err, VIS_ERR_USAGE, "%s: named for the features and for the mel", mel_path);
    extraction x = {.progress = progress, .user = user};
    vis_status status = writer_open(&x.features, features_path, FEATURE_AVE_SIZE, err);
    if (status == VIS_OK) status = writer_open(&x.mel, mel_path, MEL_BANDS, err);
    if (status == VIS_OK) status = extract(&x, audio_path, encoder, pool, log, err);
    if (status == VIS_OK) status = writer_commit(&x.features, err);
    if (status == VIS_OK) status = writer_commit(&x.mel, err);
    writer_close(&x.features);
    writer_close(&x.mel);
    if (status == VIS_OK && summary != NULL) *summary = x.summary;
    return status;
}
