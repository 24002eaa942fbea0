/* tests/unit/face/support.c - synthetic pictures and folders for the tests of src/face.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/file.h"
#include "base/memory.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint8_t support_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint8_t)(*state >> 24);
}

void support_noise(picture *p, int width, int height, uint32_t seed)
{
    assert_int_equal(picture_create(p, width, height, NULL), VIS_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < 3 * width; x++)
            p->data[(size_t)y * (size_t)p->stride + (size_t)x] = support_random(&seed);
}

/* Two fields of eight grey levels, left and right: a number of up to six bits. */
void support_numbered(picture *p, int width, int height, int number)
{
    assert_int_equal(picture_create(p, width, height, NULL), VIS_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int digit = x < width / 2 ? number / 8 % 8 : number % 8;
            memset(p->data + (size_t)y * (size_t)p->stride + 3 * (size_t)x, 16 + 28 * digit, 3);
        }
}

int support_number(const picture *p)
{
    const uint8_t *row = p->data + (size_t)(p->height / 2) * (size_t)p->stride;
    int high = (row[3 * (p->width / 4)] - 2) / 28, low = (row[3 * (3 * p->width / 4)] - 2) / 28;
    return 8 * high + low;
}

uint64_t support_hash(const picture *p)
{
    uint64_t hash = 14695981039346656037u;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < 3 * p->width; x++)
            hash = (hash ^ p->data[(size_t)y * (size_t)p->stride + (size_t)x]) * 1099511628211u;
    return hash;
}

char *support_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = text_format("%s/viseme-face-XXXXXX", base ? base : "/tmp");
    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

void support_remove(char *folder)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

/* folder/name, with the folders above it made. */
static char *place(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    assert_non_null(path);
    char *parent = path_folder(path);
    assert_int_equal(folder_make(parent, NULL), VIS_OK);
    free(parent);
    return path;
}

void support_write(const char *folder, const char *name, const char *text)
{
    char *path = place(folder, name);
    assert_int_equal(file_write(path, text, strlen(text), NULL), VIS_OK);
    free(path);
}

void support_write_png(const char *folder, const char *name, const picture *p)
{
    char *path = place(folder, name);
    assert_int_equal(picture_write_png(path, p, NULL), VIS_OK);
    free(path);
}

char *support_landmarks(double left, double top, double right)
{
    buffer text;
    buffer_init(&text, 65536);
    for (int i = 0; i < 110; i++) {
        double middle = 0.5 * (left + right); /* of the face, where most points are */
        double x = i == 1 ? left : i == 31 ? right : middle;
        double y = i == 52 ? top : top + 0.5 * (right - left);
        assert_int_equal(buffer_print(&text, NULL, "%.3f %.3f\n", x, y), VIS_OK);
    }
    assert_int_equal(buffer_append(&text, "", 1, NULL), VIS_OK);
    return (char *)text.data;
}

void support_dataset(const char *folder, int count, int width, int height)
{
    for (int n = 0; n < count; n++) {
        picture p = {0};
        char name[64];
        support_numbered(&p, width, height, n);
        snprintf(name, sizeof name, "full_body_img/%d.png", n);
        support_write_png(folder, name, &p);
        picture_free(&p);
        char *text = support_landmarks(10.9 + n, 12.2, 42.3 + n);
        snprintf(name, sizeof name, "landmarks/%d.lms", n);
        support_write(folder, name, text);
        free(text);
    }
}

static void take_line(void *user, const char *line)
{
    support_log *log = user;
    log->lines++;
    snprintf(log->last, sizeof log->last, "%s", line);
}

vis_log support_log_to(support_log *log)
{
    *log = (support_log){0};
    return (vis_log){.call = take_line, .user = log};
}
