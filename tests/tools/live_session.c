/* live_session.c - a session without a network: says a WAV file (s16le, mono), and writes what comes.
 *
 *   live_session CHARACTER MODEL ENCODER SPEECH.wav OUT [raw] [short] [pace] [piece=SAMPLES]
 *                [record=FILE.mp4] [after=SECONDS] [interrupt=SECONDS] [idle=SECONDS] [exact] [fast]
 *                [viewers=N [settle=SECONDS]]
 *
 * `viewers`: before that, as many look on for ten seconds, all fetched from by one thread; what they
 * cost is printed.
 *
 * OUT.events: one line a packet: kind, key, time, duration, size; of events what they say.
 * OUT.h264, OUT.i420, OUT.pcm: payloads one after the other. OUT.opus: each with u32le of its size
 * before it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "live/admission.h"
#include "live/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *option(int argc, char **argv, const char *name)
{
    size_t length = strlen(name);
    for (int i = 6; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0 && (argv[i][length] == '=' || !argv[i][length]))
            return argv[i] + length + (argv[i][length] == '=');
    return NULL;
}

static double number(int argc, char **argv, const char *name, double otherwise)
{
    const char *text = option(argc, argv, name);
    return text ? atof(text) : otherwise;
}

static void check(vis_status status, const vis_error *err)
{
    if (status == VIS_OK) return;
    fprintf(stderr, "live_session: %s\n", err->message);
    exit(3);
}

/* ---- What comes ---- */

typedef struct outputs {
    FILE *events, *h264, *i420, *pcm, *opus;
    bool ended;
} outputs;

static FILE *open_output(const char *stem, const char *suffix)
{
    char *path = text_format("%s.%s", stem, suffix);
    FILE *f = path ? fopen(path, "wb") : NULL;
    free(path);
    if (!f) exit(4);
    return f;
}

static void write_event(outputs *o, const live_packet *p)
{
    static const char *const names[] = {"state", "started", "ended", "interrupted", "failed"};
    const live_event *e = &p->event;
    fprintf(o->events, "event %lld %s id=%s text=%s position_ms=%lld\n", (long long)p->time_us,
            names[e->kind], e->id ? e->id : "", e->text ? e->text : "", (long long)e->position_ms);
    if (e->kind != LIVE_STATE && e->kind != LIVE_STARTED) o->ended = true;
}

static void write_media(outputs *o, const live_packet *p)
{
    static const char *const names[] = {"", "h264", "opus", "i420", "pcm"};
    FILE *const files[] = {NULL, o->h264, o->opus, o->i420, o->pcm};
    const uint8_t size[4] = {(uint8_t)p->size, (uint8_t)(p->size >> 8), (uint8_t)(p->size >> 16),
                             (uint8_t)(p->size >> 24)};
    fprintf(o->events, "%s %d %lld %lld %zu\n", names[p->kind], p->key, (long long)p->time_us,
            (long long)p->duration_us, p->size);
    if (p->kind == LIVE_OPUS) fwrite(size, 1, sizeof size, o->opus);
    fwrite(p->bytes, 1, p->size, files[p->kind]);
}

static void receive(live_session *s, outputs *o)
{
    const live_packet *p;
    while ((p = live_session_next(s)) != NULL) {
        if (p->kind == LIVE_EVENT)
            write_event(o, p);
        else
            write_media(o, p);
        live_packet_release(p);
    }
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static void receive_for(live_session *s, outputs *o, double seconds)
{
    for (double until = clock_seconds() + seconds; clock_seconds() < until; pause_ms(5))
        receive(s, o);
}

/* ---- What is said ---- */

static float *read_wav(const char *path, int64_t *count, int *rate)
{
    buffer b;
    vis_error err;
    buffer_init(&b, 1 << 28);
    check(file_read(path, &b, &err), &err);
    if (b.size < 44) exit(3);
    memcpy(rate, b.data + 24, 4);
    *count = (int64_t)(b.size - 44) / 2;
    float *samples = malloc((size_t)*count * sizeof *samples);
    if (!samples) exit(5);
    for (int64_t i = 0; i < *count; i++) {
        int16_t v;
        memcpy(&v, b.data + 44 + 2 * i, 2);
        samples[i] = (float)v / 32768.0f;
    }
    buffer_free(&b);
    return samples;
}

static void say(live_session *s, outputs *o, int argc, char **argv)
{
    int64_t count, piece, done = 0, taken;
    int rate;
    vis_error err;
    live_utterance *u;
    float *samples = read_wav(argv[4], &count, &rate);
    bool pace = option(argc, argv, "pace") != NULL;
    double from = clock_seconds(), stop = number(argc, argv, "interrupt", -1);
    piece = (int64_t)number(argc, argv, "piece", rate / 50);
    check(live_utterance_begin(s, "one", "words", false, &u, &err), &err);
    while (done < count) {
        int64_t n = count - done < piece ? count - done : piece;
        vis_status status = live_utterance_push(u, samples + done, n, rate, 0, &taken, &err);
        done += taken;
        if (status == VIS_ERR_CANCELLED) break;
        if (status != VIS_AGAIN) check(status, &err);
        if (status == VIS_AGAIN) pause_ms(5);
        while (pace && clock_seconds() - from < (double)done / rate)
            pause_ms(1);
        if (stop >= 0 && clock_seconds() - from > stop) {
            int64_t position;
            live_session_interrupt(s, &position);
            fprintf(o->events, "interrupt position_ms=%lld\n", (long long)position);
            stop = -1;
        }
        receive(s, o);
    }
    live_utterance_end(u, NULL);
    free(samples);
}

/* ---- Who looks on ---- */

#define WATCHED_SECONDS 10

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int64_t drain(live_session **s, int count)
{
    int64_t packets = 0;
    for (int i = 0; i < count; i++)
        for (const live_packet *p; (p = live_session_next(s[i])) != NULL; packets++)
            live_packet_release(p);
    return packets;
}

static void watch(live_presenter *p, int count, double settle)
{
    vis_error err;
    int64_t packets = 0, late = 0, painted = 0;
    live_session **s = calloc((size_t)count, sizeof(live_session *));
    if (!s) exit(5);
    for (double until = clock_seconds() + settle; clock_seconds() < until;)
        pause_ms(10); /* the loop is made meanwhile */
    for (int i = 0; i < count; i++) {
        check(live_session_open(p, &(live_session_options){.raw = false}, &s[i], &err), &err);
        live_session_attach(s[i]);
    }
    double begin = clock_seconds(), used = processor_seconds();
    for (; clock_seconds() < begin + WATCHED_SECONDS; pause_ms(20))
        packets += drain(s, count);
    used = processor_seconds() - used;
    for (int i = 0; i < count; i++) {
        live_session_figures f;
        live_session_get(s[i], &f);
        late += f.late;
        painted += f.painted;
        live_session_close(s[i]);
    }
    printf("%d viewers: %.2f processors, %.4f ms a frame, %lld packets, %lld frames late, %lld "
           "painted\n",
           count, used / WATCHED_SECONDS, used * 1e3 / (25.0 * WATCHED_SECONDS * count),
           (long long)packets, (long long)late, (long long)painted);
    free(s);
}

static live_presenter *open_presenter(vis_context *context, int argc, char **argv)
{
    vis_error err;
    live_presenter *p;
    const live_presenter_options options = {.name = "demo",
                                            .character = argv[1],
                                            .model = argv[2],
                                            .audio_encoder = argv[3],
                                            .precision =
                                                option(argc, argv, "fast") ? VIS_FAST : VIS_FLOAT32,
                                            .exact = option(argc, argv, "exact") != NULL,
                                            .cache_bytes = -1};
    check(live_presenter_open(context, &options, &p, &err), &err);
    const live_presenter_facts *f = live_presenter_get(p);
    printf("%dx%d %d fps %s speaking %.2f ms, at rest %.2f ms, shared %.3f ms\n", f->width,
           f->height, f->fps, f->codec, f->speaking_ms, f->rest_ms, f->idle_ms);
    return p;
}

int main(int argc, char **argv)
{
    if (argc < 6) return 2;
    vis_error err;
    vis_context *context;
    live_session *s;
    check(vis_context_create(NULL, &context, &err), &err);
    live_presenter *p = open_presenter(context, argc, argv);
    int viewers = (int)number(argc, argv, "viewers", 0);
    live_admission_set(0, 0);
    if (viewers > 0) watch(p, viewers, number(argc, argv, "settle", 20));
    fflush(stdout);
    outputs o = {.events = open_output(argv[5], "events"),
                 .h264 = open_output(argv[5], "h264"),
                 .i420 = open_output(argv[5], "i420"),
                 .pcm = open_output(argv[5], "pcm"),
                 .opus = open_output(argv[5], "opus")};
    const live_session_options options = {.raw = option(argc, argv, "raw") != NULL,
                                          .short_look_ahead = option(argc, argv, "short") != NULL,
                                          .record = option(argc, argv, "record")};
    check(live_session_open(p, &options, &s, &err), &err);
    live_session_attach(s);
    receive_for(s, &o, number(argc, argv, "idle", 0.5));
    say(s, &o, argc, argv);
    while (!o.ended)
        receive_for(s, &o, 0.01);
    receive_for(s, &o, number(argc, argv, "after", 1));
    live_session_figures f;
    live_session_get(s, &f);
    printf("frames %lld painted %lld late %lld slipped %lld dropped %lld first_frame %.1f ms "
           "interrupt %.1f ms\n",
           (long long)f.frames, (long long)f.painted, (long long)f.late, (long long)f.slipped,
           (long long)f.dropped, f.first_frame_ms, f.interrupt_ms);
    live_session_close(s);
    live_presenter_close(p);
    vis_context_close(context);
    FILE *const files[] = {o.events, o.h264, o.i420, o.pcm, o.opus};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (fclose(files[i]) != 0) return 4;
    return 0;
}
