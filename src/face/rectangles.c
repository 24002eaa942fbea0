/* face/rectangles.c - the face squares of a package.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/rectangles.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "face/geometry.h"

#include <stdint.h>
#include <stdlib.h>

/* The frame number that a member's name stands for, or -1. */
static int frame_number(const char *name)
{
    int64_t number = 0;
    if (!*name) return -1;
    for (const char *p = name; *p; p++) {
        if (*p < '0' || *p > '9') return -1;
        number = number * 10 + (*p - '0');
        if (number > INT32_MAX) return -1;
    }
    return name[0] == '0' && name[1] ? -1 : (int)number; /* "007" is not a number of ours */
}

/* A coordinate: a whole number within bounds. */
static bool coordinate(const json_t *value, int *out)
{
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= -SQUARE_MAX_COORDINATE) ||
        !(number <= SQUARE_MAX_COORDINATE) || number != (int)number)
        return false;
    *out = (int)number;
    return true;
}

static vis_status read_entry(const json_t *entry, const char *key, const char *name, int square[4],
                             vis_error *err)
{
    const json_t *rect = json_is_array(entry) ? entry : json_object_get(entry, "rect");
    bool sound = json_is_array(rect) && json_array_size(rect) == 4;
    for (size_t i = 0; sound && i < 4; i++)
        sound = coordinate(json_array_get(rect, i), &square[i]);
    if (sound) return VIS_OK;
    return vis_fail(
        err, VIS_ERR_FORMAT,
        "%s: entry \"%s\": expected {\"rect\": [x1, y1, x2, y2]}, or the four alone, in "
        "whole numbers",
        name, key);
}

/* [count][4] from an object known to hold `count` numbered members, or from a list. */
static vis_status read_entries(json_t *root, const char *name, int (*squares)[4], int count,
                               vis_error *err)
{
    for (int i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        const json_t *entry =
            json_is_array(root) ? json_array_get(root, (size_t)i) : json_object_get(root, key);
        if (!entry)
            return vis_fail(err, VIS_ERR_FORMAT,
                            "%s: entry \"%s\" is missing; the %d frames must be numbered from 0 "
                            "without gaps",
                            name, key, count);
        VIS_TRY(read_entry(entry, key, name, squares[i], err));
    }
    return VIS_OK;
}

/* The frames of a list, or the numbered members of an object. */
static int count_entries(json_t *root)
{
    if (json_is_array(root)) return (int)json_array_size(root);
    int numbered = 0;
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value) numbered += frame_number(key) >= 0;
    return numbered;
}

vis_status rectangles_parse(const char *text, size_t size, const char *name, int (**squares)[4],
                            int *count, vis_error *err)
{
    *squares = NULL;
    *count = 0;
    json_t *root;
    VIS_TRY(json_parse(text, size, name, &root, err));
    int numbered = count_entries(root);
    vis_status status = VIS_OK;
    int(*list)[4] = NULL;
    if (numbered == 0) {
        status = vis_fail(
            err, VIS_ERR_FORMAT,
            "%s: holds no rectangles; expected {\"0\": {\"rect\": [x1, y1, x2, y2]}, ...} or "
            "[[x1, y1, x2, y2], ...]",
            name);
    } else if (!(list = calloc((size_t)numbered, sizeof *list))) {
        status = vis_fail_memory(err, "face rectangles");
    } else {
        status = read_entries(root, name, list, numbered, err);
    }
    json_decref(root);
    if (status != VIS_OK) {
        free(list);
        return status;
    }
    *squares = list;
    *count = numbered;
    return VIS_OK;
}

vis_status rectangles_read(const char *path, int (**squares)[4], int *count, vis_error *err)
{
    *squares = NULL;
    *count = 0;
    buffer text;
    buffer_init(&text, RECTANGLES_MAX_FILE);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK)
        status = rectangles_parse(text.data ? (const char *)text.data : "", text.size, path,
                                  squares, count, err);
    buffer_free(&text);
    return status;
}
