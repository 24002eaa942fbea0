/* compare/frame_compare.c - values, bytes and the part that differs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/frame_compare.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

double relative_percent(double a, double b)
{
    return a != 0 ? 100 * (b - a) / fabs(a) : b == 0 ? 0 : INFINITY;
}

static int bin_of(double d)
{
    double limit = 1e-8;
    int bin = 1;
    while (bin < VALUE_BINS - 1 && !(d < limit)) {
        limit *= 10;
        bin++;
    }
    return bin;
}

static value_difference of_values(const float *a, const float *b, int64_t count)
{
    value_difference v = {.count = count};
    for (int64_t i = 0; i < count; i++) {
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c): bytes */
        if (memcmp(&a[i], &b[i], sizeof *a) == 0) {
            v.same++;
            continue;
        }
        double d = fabs((double)a[i] - (double)b[i]);
        if (!isfinite(d)) d = isnan(a[i]) && isnan(b[i]) ? 0 : INFINITY;
        v.sum += d;
        if (d > v.max) v.max = d;
        v.histogram[d == 0 ? 0 : bin_of(d)]++;
    }
    v.histogram[0] += v.same;
    return v;
}

static void merge_values(value_difference *all, const value_difference *one)
{
    all->count += one->count;
    all->same += one->same;
    all->sum += one->sum;
    all->max = fmax(all->max, one->max);
    for (int i = 0; i < VALUE_BINS; i++)
        all->histogram[i] += one->histogram[i];
}

/* Bytes as values in [0, 1], a row at a time. */
static void add_bytes(statistics *s, const picture *p)
{
    int64_t count[256] = {0};
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < 3 * p->width; x++)
            count[p->data[(size_t)y * (size_t)p->stride + (size_t)x]]++;
    *s = (statistics){.min = 1};
    double sum = 0;
    for (int v = 0; v < 256; v++) {
        if (!count[v]) continue;
        if (v < 255 * s->min || s->count == 0) s->min = v / 255.0;
        s->max = v / 255.0;
        s->count += count[v];
        sum += (double)count[v] * v / 255.0;
    }
    s->inside = s->count;
    s->mean = sum / (double)s->count;
    for (int v = 0; v < 256; v++)
        s->squares += (double)count[v] * (v / 255.0 - s->mean) * (v / 255.0 - s->mean);
}

/* Grows [first, first + length) to at least PART_SIDE within [0, whole). */
static void enlarge(int *first, int *length, int whole)
{
    int wanted = PART_SIDE < whole ? PART_SIDE : whole;
    if (*length >= wanted) return;
    *first -= (wanted - *length) / 2;
    *length = wanted;
    if (*first < 0) *first = 0;
    if (*first + *length > whole) *first = whole - *length;
}

/* The smallest rectangle around all pixels that differ, enlarged. */
static region part_of(const picture *a, const picture *b)
{
    int left = a->width, right = -1, top = -1, bottom = -1;
    for (int y = 0; y < a->height; y++) {
        const uint8_t *p = a->data + (size_t)y * (size_t)a->stride;
        const uint8_t *q = b->data + (size_t)y * (size_t)b->stride;
        if (memcmp(p, q, (size_t)a->width * 3) == 0) continue;
        if (top < 0) top = y;
        bottom = y;
        int x = 0;
        while (x < left && memcmp(p + 3 * x, q + 3 * x, 3) == 0)
            x++;
        left = x < left ? x : left;
        for (x = a->width - 1; x > right && memcmp(p + 3 * x, q + 3 * x, 3) == 0;)
            x--;
        right = x > right ? x : right;
    }
    if (top < 0) return (region){0};
    region r = {left, top, right - left + 1, bottom - top + 1};
    enlarge(&r.x, &r.width, a->width);
    enlarge(&r.y, &r.height, a->height);
    return r;
}

/* The lower of two, of which NAN counts for nothing. */
static double lower(double a, double b)
{
    return fmin(a, b); /* IEEE: the number, when one is NAN */
}

static vis_status compare_pictures(const picture *a, const picture *b, compared_frame *out,
                                   difference *d, vis_error *err)
{
    region whole = region_of(a);
    difference_add(d, a, b, whole);
    out->pixels = true;
    out->max = d->max;
    out->mean = d->sum / (double)d->values;
    out->same = (double)d->same_pixels / (double)d->pixels;
    out->same_bytes = (double)d->histogram[0] / (double)d->values;
    out->psnr = out->part_psnr = INFINITY;
    out->ssim = out->part_ssim = 1;
    out->part = part_of(a, b);
    if (d->max == 0) return VIS_OK;
    out->mse = metric_mse(a, b, whole);
    out->psnr = metric_psnr(out->mse);
    out->part_psnr = metric_psnr(metric_mse(a, b, out->part));
    VIS_TRY(metric_ssim(a, b, whole, &out->ssim, err));
    return metric_ssim(a, b, out->part, &out->part_ssim, err);
}

static bool same_shape(const side_frame *a, const side_frame *b)
{
    return a->values && b->values && a->rank == b->rank &&
           memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim) == 0;
}

static vis_status check_sizes(const side_frame *a, const side_frame *b, vis_error *err)
{
    char x[128], y[128];
    if (a->values && b->values && !same_shape(a, b))
        return vis_fail(err, VIS_ERR_MISMATCH, "A's %s is %s, B's %s is %s: not the same thing",
                        a->name, shape_text(a->dim, a->rank, x, sizeof x), b->name,
                        shape_text(b->dim, b->rank, y, sizeof y));
    if (!same_shape(a, b) && !(a->shown && b->shown))
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "A's %s and B's %s: a picture and a tensor that is none cannot be compared",
                        a->name, b->name);
    if (a->shown && b->shown &&
        (a->shown->width != b->shown->width || a->shown->height != b->shown->height))
        return vis_fail(err, VIS_ERR_MISMATCH, "A's %s is %d x %d pixels, B's %s is %d x %d",
                        a->name, a->shown->width, a->shown->height, b->name, b->shown->width,
                        b->shown->height);
    return VIS_OK;
}

static void compare_tensors(const side_frame *a, const side_frame *b, compared_frame *out,
                            value_difference *v)
{
    int64_t count = 1;
    for (int d = 0; d < a->rank; d++)
        count *= a->dim[d]; /* exists in memory */
    statistics_add(&out->a, a->values, count);
    statistics_add(&out->b, b->values, count);
    *v = of_values(a->values, b->values, count);
    out->values = true;
    out->value_max = v->max;
    out->value_mean = v->count ? v->sum / (double)v->count : 0;
}

static void judge(compared_frame *out, const value_difference *v)
{
    verdict tensors = VERDICT_DIFFERENT, pictures = VERDICT_DIFFERENT;
    if (out->values)
        tensors = verdict_of_tensors(v->same == v->count, out->value_max, out->value_mean);
    if (out->pixels)
        pictures = verdict_of_pictures(out->max, out->same_bytes, lower(out->psnr, out->part_psnr),
                                       lower(out->ssim, out->part_ssim));
    out->verdict = out->values ? verdict_of_both(tensors, pictures) : pictures;
}

static void add_totals(const compared_frame *f, const value_difference *v, const difference *d,
                       compare_totals *t)
{
    statistics_merge(&t->a, &f->a);
    statistics_merge(&t->b, &f->b);
    merge_values(&t->values, v);
    if (!f->pixels) return;
    t->pixels.values += d->values;
    t->pixels.pixels += d->pixels;
    t->pixels.same_pixels += d->same_pixels;
    t->pixels.sum += d->sum;
    if (d->max > t->pixels.max) t->pixels.max = d->max;
    for (int i = 0; i < 256; i++)
        t->pixels.histogram[i] += d->histogram[i];
    t->mse_sum += f->mse;
    if (isnan(f->ssim)) return;
    t->ssim_sum += f->ssim;
    t->ssim_frames++;
}

vis_status frame_compare(const side_frame *a, const side_frame *b, compared_frame *out,
                         compare_totals *totals, vis_error *err)
{
    value_difference v = {0};
    difference d = {0};
    *out = (compared_frame){.number = a->number, .ssim = NAN, .part_ssim = NAN, .psnr = NAN};
    VIS_TRY(check_sizes(a, b, err));
    if (same_shape(a, b)) compare_tensors(a, b, out, &v);
    if (a->shown && b->shown) {
        VIS_TRY(compare_pictures(a->shown, b->shown, out, &d, err));
        if (!out->values) {
            add_bytes(&out->a, a->shown);
            add_bytes(&out->b, b->shown);
        }
    }
    judge(out, &v);
    add_totals(out, &v, &d, totals);
    return VIS_OK;
}
