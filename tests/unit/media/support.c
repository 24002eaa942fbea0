/* What the tests of media share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 8

static char folder[64];

int test_folder_make(void **state)
{
    strcpy(folder, "/tmp/viseme-media-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int walk(int remove_them)
{
    int count = 0;
    DIR *dir = opendir(folder);
    if (!dir) return 0;
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        count++;
        if (remove_them) unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    return count;
}

int test_folder_remove(void **state)
{
    walk(1);
    return rmdir(folder);
}

int test_folder_count(void)
{
    return walk(0);
}

const char *test_path(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

picture test_picture(int width, int height, int number)
{
    picture p;
    vis_error err;
    assert_int_equal(picture_create(&p, width, height, &err), VIS_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *out = p.data + y * p.stride + 3 * x;
            out[0] = (uint8_t)(128 + 100 * sin(x / 19.0 + number / 5.0));
            out[1] = (uint8_t)(128 + 100 * cos(y / 23.0));
            out[2] = (uint8_t)(128 + 100 * sin((x + y) / 41.0));
            if (y < BLOCK && x < 12 * BLOCK) memset(out, number >> (x / BLOCK) & 1 ? 255 : 0, 3);
        }
    return p;
}

int test_picture_number(const picture *p)
{
    int number = 0;
    for (int bit = 0; bit < 12; bit++)
        if (p->data[BLOCK / 2 * p->stride + 3 * (bit * BLOCK + BLOCK / 2)] > 128)
            number |= 1 << bit;
    return number;
}

double test_mean_difference(const picture *a, const picture *b)
{
    double sum = 0;
    assert_true(a->width == b->width && a->height == b->height);
    for (int y = 0; y < a->height; y++)
        for (int i = 0; i < 3 * a->width; i++)
            sum += abs(a->data[y * a->stride + i] - b->data[y * b->stride + i]);
    return sum / (3.0 * a->width * a->height);
}

int test_max_difference(const picture *a, const picture *b)
{
    int max = 0;
    assert_true(a->width == b->width && a->height == b->height);
    for (int y = 0; y < a->height; y++)
        for (int i = 0; i < 3 * a->width; i++) {
            int d = abs(a->data[y * a->stride + i] - b->data[y * b->stride + i]);
            if (d > max) max = d;
        }
    return max;
}
