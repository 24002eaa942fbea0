/* measure/speed.c - warm-up, runs, quantiles.
 * SPDX-License-Identifier: Apache-2.0 */
#include "measure/speed.h"

#include "base/clock.h"
#include "base/status.h"
#include "inside/handles.h"
#include "measure/timed_network.h"

#include <stdlib.h>

#define WARM_UP 3 /* runs: caches filled, clock raised, threads awake */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two nearest, as NumPy's percentile does. */
static double quantile(const double *sorted, int count, double share)
{
    double place = share * (count - 1);
    int below = (int)place, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/* `ms` is room for `runs` times. */
static speed_times time_runs(timed_network *t, void (*run)(timed_network *), int runs, double *ms)
{
    for (int i = 0; i < WARM_UP; i++)
        run(t);
    for (int i = 0; i < runs; i++) {
        double start = clock_seconds();
        run(t);
        ms[i] = (clock_seconds() - start) * 1e3;
    }
    qsort(ms, (size_t)runs, sizeof *ms, ascending);
    return (speed_times){ms[0], quantile(ms, runs, 0.25), quantile(ms, runs, 0.5),
                         quantile(ms, runs, 0.75)};
}

static vis_status measure(timed_network *t, const speed_options *o, speed_figures *out,
                          vis_error *err)
{
    double *ms = malloc((size_t)o->runs * sizeof *ms);
    if (!ms) return vis_fail_memory(err, "the times of the runs");
    out->batch = timed_network_batch(t);
    out->threads = timed_network_threads(t);
    out->weights_mb = (double)timed_network_weight_bytes(t) * 1e-6;
    out->work_mb = (double)timed_network_work_bytes(t) * 1e-6;
    out->kept_mb = (double)timed_network_kept_bytes(t) / out->batch * 1e-6;
    timed_network_run(t);
    out->first_result_ms = (clock_seconds() - o->opened) * 1e3;
    out->has_fresh = !o->cached;
    out->has_cached = out->kept_mb > 0;
    if (out->has_fresh) out->fresh = time_runs(t, timed_network_run, o->runs, ms);
    if (out->has_cached) {
        timed_network_see_footage(t);
        out->cached = time_runs(t, timed_network_run_cached, o->runs, ms);
    }
    free(ms);
    return VIS_OK;
}

vis_status speed_measure(const vis_model *m, const speed_options *options, speed_figures *out,
                         vis_error *err)
{
    *out = (speed_figures){0};
    if (options->runs < 1 || options->runs > SPEED_MAX_RUNS)
        return vis_fail(err, VIS_ERR_USAGE, "%d runs; choose 1 to %d", options->runs,
                        SPEED_MAX_RUNS);
    timed_network *t;
    VIS_TRY(timed_network_create(m, options->batch, options->threads, &t, err));
    out->fast = inside_model(m)->fast;
    out->came_to = inside_fast(timed_network_fast(t));
    out->load_ms = (clock_seconds() - options->opened) * 1e3;
    vis_status status = VIS_OK;
    if (options->cached && timed_network_kept_bytes(t) == 0)
        status = vis_fail(err, VIS_ERR_USAGE,
                          "only a U-Net's footage can be cached; leave --cached out");
    if (status == VIS_OK) status = measure(t, options, out, err);
    timed_network_free(t);
    return status;
}

double speed_fps(const speed_figures *f, const speed_times *t)
{
    return t->median > 0 ? f->batch * 1e3 / t->median : 0;
}
