/* tests/unit/audio/support.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"

#include "base/npy.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

float support_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(int32_t)*state / 2147483648.0f;
}

int support_folder_make(void **state)
{
    char template[] = "/tmp/viseme-audio-XXXXXX";
    if (mkdtemp(template) == NULL) return -1;
    *state = strdup(template);
    return *state == NULL ? -1 : 0;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    return remove(path);
}

int support_folder_remove(void **state)
{
    int failed = nftw(*state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}

const char *support_path(void **state, const char *name)
{
    static char paths[4][512];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
    return path;
}

void support_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void put(FILE *file, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> (8 * i) & 0xff), file);
}

void support_write_wav(const char *path, int rate, int channels, int bytes, int frames,
                       const int32_t *samples)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    uint32_t size = (uint32_t)(frames * channels * bytes);
    fwrite("RIFF", 1, 4, file);
    put(file, 36 + size, 4);
    fwrite("WAVEfmt ", 1, 8, file);
    put(file, 16, 4);
    put(file, 1, 2); /* PCM */
    put(file, (uint32_t)channels, 2);
    put(file, (uint32_t)rate, 4);
    put(file, (uint32_t)(rate * channels * bytes), 4);
    put(file, (uint32_t)(channels * bytes), 2);
    put(file, (uint32_t)(8 * bytes), 2);
    fwrite("data", 1, 4, file);
    put(file, size, 4);
    for (int i = 0; i < frames * channels; i++)
        put(file, (uint32_t)samples[i], bytes);
    assert_int_equal(fclose(file), 0);
}

void support_write_noise(const char *path, int rate, int frames, float amplitude, uint32_t seed)
{
    int32_t *samples = calloc((size_t)frames + 1, sizeof *samples);
    assert_non_null(samples);
    for (int i = 0; i < frames; i++)
        samples[i] = (int32_t)(support_random(&seed) * amplitude * 32767.0f);
    support_write_wav(path, rate, 1, 2, frames, samples);
    free(samples);
}

static void keep_line(void *user, const char *line)
{
    support_log *log = user;
    log->lines++;
    snprintf(log->last, sizeof log->last, "%s", line);
}

vis_log support_log_to(support_log *log)
{
    return (vis_log){keep_line, log};
}

void support_write_npy(const char *path, int rank, const int64_t *dim, const float *numbers)
{
    tensor t;
    vis_error err;
    assert_ok(tensor_create(&t, TENSOR_F32, rank, dim, &err), err);
    memcpy(t.data, numbers, (size_t)tensor_count(&t) * sizeof(float));
    assert_ok(npy_write(path, &t, &err), err);
    tensor_free(&t);
}
