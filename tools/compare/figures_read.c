/* compare/figures_read.c - columns of statistics from JSON, CSV and summary.json.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/figures.h"

#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT (64u << 20)
#define CSV_COLUMNS 32

/* The numbers of a column by their names. */
static const struct {
    const char *key;
    size_t offset;
    bool required;
} fields[] = {
    {"mean", offsetof(figure_column, mean), true},
    {"std", offsetof(figure_column, std), true},
    {"min", offsetof(figure_column, min), false},
    {"max", offsetof(figure_column, max), false},
    {"max_diff", offsetof(figure_column, max_diff), false},
    {"mean_diff", offsetof(figure_column, mean_diff), false},
};
#define FIELDS (sizeof fields / sizeof *fields)

static double *field_of(figure_column *c, size_t i)
{
    return (double *)((char *)c + fields[i].offset);
}

static vis_status add_column(figures *f, const char *name, figure_column **out, vis_error *err)
{
    if (f->count == FIGURES_MAX_COLUMNS)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: more than %d columns", name, FIGURES_MAX_COLUMNS);
    figure_column *larger = realloc(f->column, sizeof *larger * (size_t)(f->count + 1));
    if (!larger) return vis_fail_memory(err, "the statistics");
    f->column = larger;
    figure_column *c = &larger[f->count++];
    *c = (figure_column){.start = -1};
    snprintf(c->name, sizeof c->name, "%s", name);
    for (size_t i = 0; i < FIELDS; i++)
        *field_of(c, i) = NAN;
    *out = c;
    return VIS_OK;
}

static vis_status check_column(const figure_column *c, const char *path, vis_error *err)
{
    for (size_t i = 0; i < FIELDS; i++) {
        double v = *field_of((figure_column *)c, i);
        if (fields[i].required && !isfinite(v))
            return vis_fail(err, VIS_ERR_FORMAT, "%s: column %s has no number \"%s\"", path,
                            c->name, fields[i].key);
        if (isfinite(v) && fields[i].offset != offsetof(figure_column, min) &&
            fields[i].offset != offsetof(figure_column, max) &&
            fields[i].offset != offsetof(figure_column, mean) && v < 0)
            return vis_fail(err, VIS_ERR_FORMAT, "%s: column %s: \"%s\" must not be negative", path,
                            c->name, fields[i].key);
    }
    return VIS_OK;
}

static vis_status json_column(const json_t *object, const char *name, const char *path,
                              figure_column *c, vis_error *err)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const json_t *v = json_object_get(object, fields[i].key);
        if (v && !json_is_number(v) && !json_is_null(v))
            return vis_fail(err, VIS_ERR_FORMAT, "%s: column %s: \"%s\" must be a number", path,
                            name, fields[i].key);
        if (json_is_number(v)) *field_of(c, i) = json_number_value(v);
    }
    return check_column(c, path, err);
}

static vis_status read_columns(const json_t *columns, const char *path, figures *f, vis_error *err)
{
    if (!json_is_array(columns) || json_array_size(columns) == 0)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: \"columns\" must be a list of objects", path);
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *object = json_array_get(columns, i);
        const char *given = json_string_value(json_object_get(object, "name"));
        char name[FIGURES_NAME];
        if (given)
            snprintf(name, sizeof name, "%s", given);
        else
            snprintf(name, sizeof name, "number %zu", i + 1);
        figure_column *c;
        VIS_TRY(add_column(f, name, &c, err));
        VIS_TRY(json_column(object, name, path, c, err));
    }
    return VIS_OK;
}

static vis_status read_frames(const json_t *list, const char *path, figure_column *c,
                              vis_error *err)
{
    size_t count = json_array_size(list);
    if (count == 0) return VIS_OK;
    if (count > FIGURES_MAX_FRAMES)
        return vis_fail(err, VIS_ERR_LIMIT, "%s: more than %d frames", path, FIGURES_MAX_FRAMES);
    c->frame_mean = malloc(count * sizeof(double));
    c->frame_std = malloc(count * sizeof(double));
    if (!c->frame_mean || !c->frame_std) return vis_fail_memory(err, "the statistics");
    for (size_t i = 0; i < count; i++) {
        const json_t *mean = json_object_get(json_array_get(list, i), "mean");
        const json_t *std = json_object_get(json_array_get(list, i), "std");
        if (!json_is_number(mean) || !json_is_number(std))
            return vis_fail(err, VIS_ERR_FORMAT, "%s: frame %zu has no mean or std", path, i);
        c->frame_mean[i] = json_number_value(mean);
        c->frame_std[i] = json_number_value(std);
    }
    c->frames = (int64_t)count;
    return VIS_OK;
}

/* The last name of a path, however many slashes end it. */
static void last_name(const char *path, char *out, size_t size)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    size_t first = length;
    while (first > 0 && path[first - 1] != '/')
        first--;
    snprintf(out, size, "%.*s", (int)(length - first), path + first);
}

static vis_status read_summary(const json_t *root, const char *path, figures *f, vis_error *err)
{
    figure_column *c;
    VIS_TRY(add_column(f, path, &c, err));
    VIS_TRY(json_column(json_object_get(root, "output"), path, path, c, err));
    const json_t *start = json_object_get(root, "start");
    const char *character = json_string_value(json_object_get(root, "character"));
    if (json_is_integer(start)) c->start = json_integer_value(start);
    if (character) last_name(character, c->character, sizeof c->character);
    return read_frames(json_object_get(root, "per_frame"), path, c, err);
}

static vis_status read_json(const buffer *text, const char *path, figures *f, vis_error *err)
{
    json_t *root;
    VIS_TRY(json_parse(text->data, text->size, path, &root, err));
    vis_status status;
    if (json_object_get(root, "columns"))
        status = read_columns(json_object_get(root, "columns"), path, f, err);
    else if (json_object_get(root, "output"))
        status = read_summary(root, path, f, err);
    else
        status =
            vis_fail(err, VIS_ERR_FORMAT,
                     "%s: neither {\"columns\": [...]} nor a summary.json of viseme frames", path);
    json_decref(root);
    return status;
}

/* Splits a line at its commas in place; blanks and quotes around a cell go. */
static int split(char *line, char **cell, int limit)
{
    int count = 0;
    for (char *next = line; next && count < limit;) {
        char *start = next, *end = strchr(start, ',');
        next = end ? end + 1 : NULL;
        if (!end) end = start + strlen(start);
        while (start < end && strchr(" \t\r\"", *start))
            start++;
        while (end > start && strchr(" \t\r\"", end[-1]))
            end--;
        *end = '\0';
        cell[count++] = start;
    }
    return count;
}

static vis_status csv_row(char **header, char **cell, int count, const char *path, int line,
                          figures *f, vis_error *err)
{
    char name[FIGURES_NAME];
    snprintf(name, sizeof name, "line %d", line);
    for (int k = 0; k < count; k++)
        if (strcmp(header[k], "name") == 0) snprintf(name, sizeof name, "%s", cell[k]);
    figure_column *c;
    VIS_TRY(add_column(f, name, &c, err));
    for (int k = 0; k < count; k++) {
        for (size_t i = 0; i < FIELDS; i++) {
            if (strcmp(header[k], fields[i].key) != 0 || !cell[k][0]) continue;
            char *end;
            *field_of(c, i) = strtod(cell[k], &end);
            if (*end)
                return vis_fail(err, VIS_ERR_FORMAT, "%s: line %d: \"%s\" is not a number", path,
                                line, cell[k]);
        }
    }
    return check_column(c, path, err);
}

static vis_status read_csv(char *text, const char *path, figures *f, vis_error *err)
{
    char *header[CSV_COLUMNS], *cell[CSV_COLUMNS], *rest = NULL;
    char *line = strtok_r(text, "\n", &rest);
    int columns = line ? split(line, header, CSV_COLUMNS) : 0, number = 1;
    for (line = strtok_r(NULL, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        number++;
        int count = split(line, cell, CSV_COLUMNS);
        if (count == 1 && !cell[0][0]) continue;
        if (count != columns)
            return vis_fail(err, VIS_ERR_FORMAT, "%s: line %d has %d cells, the header has %d",
                            path, number, count, columns);
        VIS_TRY(csv_row(header, cell, count, path, number, f, err));
    }
    return VIS_OK;
}

/* UTF-8's byte order mark, as spreadsheets write it: blanks say the same. */
static void drop_mark(buffer *text)
{
    if (text->size >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0) memset(text->data, ' ', 3);
}

vis_status figures_read(const char *path, figures *f, vis_error *err)
{
    buffer text;
    buffer_init(&text, FILE_LIMIT);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK) status = buffer_append(&text, "", 1, err); /* a terminator for the CSV */
    if (status == VIS_OK) {
        text.size--;
        drop_mark(&text);
        const char *first = (const char *)text.data + strspn((const char *)text.data, " \t\r\n");
        status = *first == '{' ? read_json(&text, path, f, err)
                               : read_csv((char *)text.data, path, f, err);
    }
    buffer_free(&text);
    return status;
}
