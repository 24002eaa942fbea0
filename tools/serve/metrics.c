/* serve/metrics.c - figures of the process, of the server and of each character.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/metrics.h"

#include "base/status.h"
#include "live/admission.h"
#include "serve/handlers.h"

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMIT (1 << 20)
#define LABEL (SERVE_NAME_MAX + 16)

/* A character's sessions, those that are over and those that go on. */
typedef struct sums {
    cast_totals totals;
    live_presenter_caches caches;
    int sessions, speaking, watched;
    int64_t waiting_ms, queued_ms;
    int jobs;
} sums;

static sums sum_up(server *s, const cast_member *m)
{
    sums all = {.totals = m->totals};
    live_presenter_caches_get(m->presenter, &all.caches);
    for (place *p = s->places; p; p = p->next) {
        if (p->options.member != m) continue;
        live_session_figures f;
        live_session_get(p->session, &f);
        cast_totals_add(&all.totals, &f);
        all.sessions++;
        all.speaking += f.speaking;
        all.watched += p->socket != NULL;
        all.waiting_ms += f.waiting_ms;
        all.queued_ms += f.queued_ms;
        all.jobs += speaker_waiting(p->speaker);
    }
    return all;
}

static vis_status print_head(buffer *out, const char *name, const char *type, const char *help,
                             vis_error *err)
{
    return buffer_print(out, err, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static vis_status print_one(buffer *out, const char *name, const char *type, const char *help,
                            double value, vis_error *err)
{
    VIS_TRY(print_head(out, name, type, help, err));
    return buffer_print(out, err, "%s %.15g\n", name, value);
}

/* ---- The process and the server ---- */

static double resident_bytes(void)
{
    char text[64] = "";
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f) return 0;
    size_t got = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[got] = '\0';
    const char *resident = strchr(text, ' '); /* the second number */
    long pages = resident ? strtol(resident, NULL, 10) : 0;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* One of them is that of the folder itself. */
static int open_files(void)
{
    int count = -3; /* and two are "." and ".." */
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) return 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static double processor_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static vis_status print_process(const server *s, buffer *out, vis_error *err)
{
    live_load load;
    live_admission_load(&load);
    VIS_TRY(print_one(out, "process_cpu_seconds_total", "counter", "Processor time taken.",
                      processor_seconds(), err));
    VIS_TRY(print_one(out, "process_resident_memory_bytes", "gauge", "Memory that is resident.",
                      resident_bytes(), err));
    VIS_TRY(print_one(out, "process_open_fds", "gauge", "Files and connections that are open.",
                      open_files(), err));
    VIS_TRY(print_one(out, "viseme_sessions_closing", "gauge",
                      "Sessions that ended and are being closed.", reaper_waiting(s->reaper), err));
    VIS_TRY(print_one(out, "viseme_connections", "gauge", "Connections that are open.",
                      s->connections, err));
    VIS_TRY(print_one(out, "viseme_capacity_processors", "gauge",
                      "Processors that may be promised to sessions.", load.capacity, err));
    return print_one(out, "viseme_promised_processors", "gauge",
                     "Processors that are promised to sessions.", load.promised, err);
}

/* ---- Each character ---- */

typedef struct series {
    const char *name, *type, *help;
    double (*value)(const sums *);
} series;

#define VALUE(name, expression)                                                                    \
    static double name(const sums *u)                                                              \
    {                                                                                              \
        return (double)(expression);                                                               \
    }
VALUE(value_sessions, u->sessions)
VALUE(value_speaking, u->speaking)
VALUE(value_watched, u->watched)
VALUE(value_waiting, (double)u->waiting_ms / 1000)
VALUE(value_queued, (double)u->queued_ms / 1000)
VALUE(value_jobs, u->jobs)
VALUE(value_opened, u->totals.opened)
VALUE(value_failed, u->totals.failed)
VALUE(value_refused, u->totals.refused)
VALUE(value_frames, u->totals.frames)
VALUE(value_painted, u->totals.painted)
VALUE(value_late, u->totals.late)
VALUE(value_slipped, u->totals.slipped)
VALUE(value_dropped, u->totals.dropped)
VALUE(value_footage_hits, u->caches.footage_hits)
VALUE(value_footage_misses, u->caches.footage_misses)
VALUE(value_rest_hits, u->caches.rest_hits)
VALUE(value_rest_misses, u->caches.rest_misses)
VALUE(value_rest_bytes, u->caches.rest_bytes)

static const series all_series[] = {
    {"viseme_sessions", "gauge", "Sessions that are open.", value_sessions},
    {"viseme_sessions_speaking", "gauge", "Sessions that speak.", value_speaking},
    {"viseme_sessions_watched", "gauge", "Sessions with a connection.", value_watched},
    {"viseme_sound_waiting_seconds", "gauge", "Sound that waits to be heard.", value_waiting},
    {"viseme_media_waiting_seconds", "gauge", "Pictures that clients did not take yet.",
     value_queued},
    {"viseme_utterances_waiting", "gauge", "Texts, files and sound not yet begun.", value_jobs},
    {"viseme_sessions_opened_total", "counter", "Sessions begun.", value_opened},
    {"viseme_sessions_failed_total", "counter", "Sessions that stopped by themselves.",
     value_failed},
    {"viseme_sessions_refused_total", "counter", "Sessions there was no room for.", value_refused},
    {"viseme_frames_total", "counter", "Frames that came due.", value_frames},
    {"viseme_frames_painted_total", "counter", "Frames that the network painted.", value_painted},
    {"viseme_frames_late_total", "counter", "Frames that were not ready in time.", value_late},
    {"viseme_frames_slipped_total", "counter", "Frames by which clocks slipped.", value_slipped},
    {"viseme_packets_dropped_total", "counter", "Media that clients were too slow for.",
     value_dropped},
    {"viseme_footage_cache_hits_total", "counter",
     "Frames painted with what the network kept of their footage.", value_footage_hits},
    {"viseme_footage_cache_misses_total", "counter", "Frames painted without.",
     value_footage_misses},
    {"viseme_rest_cache_hits_total", "counter",
     "Groups of pictures at rest that were there when one began.", value_rest_hits},
    {"viseme_rest_cache_misses_total", "counter", "Groups that were not.", value_rest_misses},
    {"viseme_rest_cache_bytes", "gauge", "Memory of pictures at rest.", value_rest_bytes},
};

/* Names are [A-Za-z0-9._-], so nothing needs escaping. */
static void label_of(const cast_member *m, char out[LABEL])
{
    snprintf(out, LABEL, "character=\"%.64s\"", m->facts->name);
}

static vis_status print_series(const server *s, const sums *u, buffer *out, vis_error *err)
{
    char label[LABEL];
    for (size_t i = 0; i < sizeof all_series / sizeof *all_series; i++) {
        const series *e = &all_series[i];
        VIS_TRY(print_head(out, e->name, e->type, e->help, err));
        for (int m = 0; m < s->cast.members; m++) {
            label_of(&s->cast.member[m], label);
            VIS_TRY(buffer_print(out, err, "%s{%s} %.15g\n", e->name, label, e->value(&u[m])));
        }
    }
    return VIS_OK;
}

static vis_status print_histogram(const server *s, const sums *u, size_t offset, const char *name,
                                  const char *help, buffer *out, vis_error *err)
{
    char label[LABEL];
    VIS_TRY(print_head(out, name, "histogram", help, err));
    for (int m = 0; m < s->cast.members; m++) {
        label_of(&s->cast.member[m], label);
        const histogram *h = (const histogram *)((const char *)&u[m].totals + offset);
        VIS_TRY(histogram_print(h, name, label, out, err));
    }
    return VIS_OK;
}

vis_status metrics_print(server *s, buffer *out, vis_error *err)
{
    sums u[SERVE_MAX_CHARACTERS];
    for (int m = 0; m < s->cast.members; m++)
        u[m] = sum_up(s, &s->cast.member[m]);
    VIS_TRY(print_process(s, out, err));
    VIS_TRY(print_series(s, u, out, err));
    VIS_TRY(print_histogram(s, u, offsetof(cast_totals, first_frame), "viseme_first_frame_seconds",
                            "From the first sound of an utterance to its first frame.", out, err));
    return print_histogram(s, u, offsetof(cast_totals, interrupt), "viseme_interrupt_seconds",
                           "From an interruption to silence.", out, err);
}

void handle_metrics(server *s, place *p, request *r, answer *a)
{
    buffer out;
    vis_error err = {0};
    buffer_init(&out, LIMIT);
    vis_status status = metrics_print(s, &out, &err);
    if (status == VIS_OK) status = buffer_append(&out, "", 1, &err);
    if (status == VIS_OK) {
        answer_text(a, 200, "text/plain; version=0.0.4; charset=utf-8", (char *)out.data);
        return;
    }
    buffer_free(&out);
    answer_failure(a, status, &err);
}
