/* tests/unit/api/small_character.h - a drawn character of a few frames with features beside it, in
 * a folder that is made before the tests and removed after them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SMALL_CHARACTER_H
#define SMALL_CHARACTER_H

#include "../cmocka_all.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/npy.h"
#include "media/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FOOTAGE
#define FOOTAGE 5
#endif
#define ROWS 12
#define SIDE 200

static char folder[64];

static char *in_folder(const char *format, int number)
{
    char *name = text_format(format, number), *path = path_join(folder, name);
    assert_non_null(path);
    free(name);
    return path;
}

static void draw_frame(int number)
{
    picture p = {0};
    assert_int_equal(picture_create(&p, SIDE, SIDE, NULL), VIS_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE * 3; x++)
            p.data[y * p.stride + x] = (uint8_t)(x * 3 + y * 5 + number * 40);
    char *path = in_folder("full_body_img/%d.png", number);
    assert_int_equal(picture_write_png(path, &p, NULL), VIS_OK);
    free(path);
    picture_free(&p);
}

/* 110 points, of which the square needs 1, 31 and 52: from (20 + number, 30), 150 pixels wide. */
static void write_landmarks(int number)
{
    buffer text;
    buffer_init(&text, 1 << 16);
    for (int i = 0; i < 110; i++)
        buffer_print(&text, NULL, "%d %d\n", i == 31 ? 170 + number : 20 + number,
                     i == 52 ? 30 : 100);
    char *path = in_folder("landmarks/%d.lms", number);
    assert_int_equal(file_write(path, text.data, text.size, NULL), VIS_OK);
    free(path);
    buffer_free(&text);
}

static void write_features(void)
{
    tensor t;
    const int64_t dim[] = {ROWS, 512};
    assert_int_equal(tensor_create(&t, TENSOR_F32, 2, dim, NULL), VIS_OK);
    for (int i = 0; i < ROWS * 512; i++)
        tensor_f32(&t)[i] = (float)(i * 7919 % 1000) / 500.0f - 1.0f;
    char *path = in_folder("aud_ave.npy", 0);
    assert_int_equal(npy_write(path, &t, NULL), VIS_OK);
    free(path);
    tensor_free(&t);
}

static int make_character(void **state)
{
    strcpy(folder, "/tmp/viseme-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    char *pictures = in_folder("full_body_img", 0), *landmarks = in_folder("landmarks", 0);
    assert_int_equal(folder_make(pictures, NULL), VIS_OK);
    assert_int_equal(folder_make(landmarks, NULL), VIS_OK);
    free(pictures);
    free(landmarks);
    for (int i = 0; i < FOOTAGE; i++) {
        draw_frame(i);
        write_landmarks(i);
    }
    write_features();
    return 0;
}

static int remove_character(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

#endif
