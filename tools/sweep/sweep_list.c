/* sweep/sweep_list.c - folders opened up, sorted, named.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_list.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_LABEL 8 /* parts of a path; beyond that all of it */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Compares the runs of digits at both and steps behind them. */
static int compare_digits(const char **a, const char **b)
{
    size_t zeros_a = strspn(*a, "0"), zeros_b = strspn(*b, "0");
    const char *x = *a + zeros_a, *y = *b + zeros_b;
    size_t length_x = strspn(x, "0123456789"), length_y = strspn(y, "0123456789");
    *a = x + length_x;
    *b = y + length_y;
    if (length_x != length_y) return length_x < length_y ? -1 : 1;
    int order = strncmp(x, y, length_x);
    if (order != 0) return order;
    return (zeros_a > zeros_b) - (zeros_a < zeros_b);
}

int sweep_compare_names(const char *a, const char *b)
{
    while (*a && *b) {
        if (is_digit(*a) && is_digit(*b)) {
            int order = compare_digits(&a, &b);
            if (order != 0) return order;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

/* Takes the path over, also on failure. */
static vis_status add(sweep_result *r, char *path, vis_error *err)
{
    if (!path) return vis_fail_memory(err, "a list of checkpoints");
    for (int i = 0; i < r->rows; i++)
        if (strcmp(r->row[i].path, path) == 0) {
            free(path);
            return VIS_OK;
        }
    if (r->rows == SWEEP_MAX) {
        free(path);
        return vis_fail(err, VIS_ERR_LIMIT, "more than %d checkpoints; sweep fewer at a time",
                        SWEEP_MAX);
    }
    r->row[r->rows++] = (sweep_row){.path = path, .number = -1};
    return VIS_OK;
}

static vis_status add_folder(sweep_result *r, const char *folder, vis_error *err)
{
    int *numbers, count;
    VIS_TRY(folder_numbers(folder, ".pth", &numbers, &count, err));
    vis_status status = VIS_OK;
    if (count == 0)
        status = vis_fail(err, VIS_ERR_OPEN, "%s: no N.pth in this folder; name the checkpoints",
                          folder);
    for (int i = 0; i < count && status == VIS_OK; i++) {
        bool slash = folder[strlen(folder) - 1] == '/';
        status = add(r, text_format("%s%s%d.pth", folder, slash ? "" : "/", numbers[i]), err);
    }
    free(numbers);
    return status;
}

/* The last `parts` parts of a path. */
static const char *tail(const char *path, int parts)
{
    const char *at = path + strlen(path);
    while (at > path && (at[-1] != '/' || --parts > 0))
        at--;
    return at;
}

static bool all_differ(const sweep_result *r, int parts)
{
    for (int i = 0; i < r->rows; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(tail(r->row[i].path, parts), tail(r->row[k].path, parts)) == 0) return false;
    return true;
}

/* The shortest ends of the paths that are all different. */
static vis_status give_labels(sweep_result *r, vis_error *err)
{
    int parts = 1;
    while (parts < LONGEST_LABEL && !all_differ(r, parts))
        parts++;
    for (int i = 0; i < r->rows; i++) {
        sweep_row *row = &r->row[i];
        const char *label = parts < LONGEST_LABEL ? tail(row->path, parts) : row->path;
        row->label = text_copy(label, strlen(label));
        if (!row->label) return vis_fail_memory(err, "a list of checkpoints");
        text_make_printable(row->label);
        const char *name = path_name(row->path);
        size_t digits = strspn(name, "0123456789");
        if (digits > 0 && digits <= 15 &&
            (strcmp(name + digits, ".pth") == 0 || strcmp(name + digits, ".onnx") == 0))
            row->number = strtoll(name, NULL, 10);
    }
    return VIS_OK;
}

static int by_name(const void *a, const void *b)
{
    const sweep_row *x = a, *y = b;
    int order = sweep_compare_names(x->label, y->label);
    return order ? order : strcmp(x->path, y->path);
}

vis_status sweep_list(const char *const *path, int paths, sweep_result *r, vis_error *err)
{
    if (paths < 1) return vis_fail(err, VIS_ERR_USAGE, "no checkpoint was named");
    r->rows = 0;
    r->row = calloc(SWEEP_MAX, sizeof *r->row);
    if (!r->row) return vis_fail_memory(err, "a list of checkpoints");
    for (int i = 0; i < paths; i++)
        if (path_is_folder(path[i]))
            VIS_TRY(add_folder(r, path[i], err));
        else
            VIS_TRY(add(r, text_copy(path[i], strlen(path[i])), err));
    VIS_TRY(give_labels(r, err));
    qsort(r->row, (size_t)r->rows, sizeof *r->row, by_name);
    return VIS_OK;
}
