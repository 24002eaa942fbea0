/* fuzz/target.c - what fuzz targets share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "networks/model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void target_check(vis_status status, const vis_error *err)
{
    if (status == VIS_OK) return;
    bool one_line = err->message[0] && !strchr(err->message, '\n');
    if (status == VIS_ERR_INTERNAL || !one_line) abort();
}

static void drop_line(void *user, const char *line)
{
    (void)user;
    if (strlen(line) == 0) abort();
}

const vis_log *target_log(void)
{
    static const vis_log log = {.call = drop_line};
    return &log;
}

void target_open_model(const char *path, const uint8_t *data, size_t size)
{
    vis_error err = {0};
    model_options options = {.mode = AUDIO_NONE, .checkpoint = -1, .log = target_log()};
    model *m = calloc(1, sizeof *m);
    if (!m) abort();
    snprintf(m->info.path, sizeof m->info.path, "%s", path);
    vis_status status = model_from_content(data, size, &options, m, &err);
    target_check(status, &err);
    if (status == VIS_OK && m->info.mode == AUDIO_AVE_OR_HUBERT) {
        bool hears_hubert = data[size - 1] & 1;
        target_check(model_decide(m, hears_hubert ? AUDIO_HUBERT : AUDIO_AVE, &err), &err);
    }
    model_close(m);
}

static int file = -1;

const char *target_file_open(const uint8_t *data, size_t size)
{
    static char path[64];
    file = memfd_create("fuzzed", MFD_CLOEXEC);
    if (file < 0) abort();
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(file, data + done, size - done);
        if (wrote <= 0) abort();
        done += (size_t)wrote;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return path;
}

void target_file_close(void)
{
    close(file);
    file = -1;
}
