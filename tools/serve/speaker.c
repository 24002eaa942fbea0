/* serve/speaker.c - the thread that speaks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/speaker.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/status.h"
#include "serve/speaker_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PUSH_MS 100         /* a push waits no longer before it looks whether it still should */
#define BEGIN_MS 10000      /* and an utterance no longer for its place */
#define FORGOTTEN_SECONDS 5 /* without a piece, sound that is open ends */
#define VOICE_MAX 128       /* bytes of a voice's name */
#define PIECE 4800          /* samples that are converted at once */

struct speaker {
    speaker_options options;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* of all that follows, but for `turn` and what the thread alone uses */
    pthread_cond_t changed;
    speaker_queue queue;
    bool closing, at_work, draining;
    atomic_uint turn; /* another after each interruption: work of an older one is not wanted */
    /* The thread's: */
    live_utterance *open; /* of sound that comes piece by piece */
    char open_id[MESSAGE_ID_MAX + 1];
    chat_talk *talk;  /* what was said before; NULL: nothing yet */
    unsigned working; /* the turn of what is being said */
};

/* ---- Giving sound to the session; on the thread ---- */

static bool wanted(void *user)
{
    speaker *s = user;
    return atomic_load(&s->turn) == s->working;
}

typedef struct flow {
    speaker *s;
    live_utterance *utterance;
    const char *id;
    vis_status status; /* of the last push */
    vis_error err;
} flow;

static bool push(void *user, const float *samples, int64_t count, int rate)
{
    flow *f = user;
    while (count > 0 && wanted(f->s)) {
        int64_t taken = 0;
        f->status =
            live_utterance_push(f->utterance, samples, count, rate, PUSH_MS, &taken, &f->err);
        if (f->status != VIS_OK && f->status != VIS_AGAIN) return false;
        samples += taken;
        count -= taken;
    }
    return count == 0;
}

static bool flow_wanted(void *user)
{
    return wanted(((flow *)user)->s);
}

static void tell_failed(speaker *s, const char *id, const vis_error *err, bool told)
{
    s->options.failed(s->options.user, id, err->message, told);
}

/* The lock keeps an interruption from coming between the question and the beginning. False: it is
 * not wanted any more. */
static bool try_begin(speaker *s, const char *id, const char *words, live_utterance **out,
                      vis_status *status, vis_error *err)
{
    pthread_mutex_lock(&s->lock);
    bool still = wanted(s) && !s->closing;
    if (still) *status = live_utterance_begin(s->options.session, id, words, false, out, err);
    pthread_mutex_unlock(&s->lock);
    return still;
}

/* Where as much waits or speaks as can, it waits too, for a while. */
static live_utterance *begin(speaker *s, const char *id, const char *words)
{
    const struct timespec pause = {.tv_nsec = PUSH_MS * 1000000L};
    live_utterance *made = NULL;
    vis_error err = {0};
    vis_status status = VIS_OK;
    bool still = try_begin(s, id, words, &made, &status, &err);
    for (int i = 0; still && status == VIS_ERR_LIMIT && i < BEGIN_MS / PUSH_MS; i++) {
        nanosleep(&pause, NULL);
        still = try_begin(s, id, words, &made, &status, &err);
    }
    if (!still) s->options.dropped(s->options.user, id);
    if (still && status != VIS_OK) tell_failed(s, id, &err, false);
    return still && status == VIS_OK ? made : NULL;
}

/* Also a failure becomes an event of the session, after what was said until then. */
static void end(const flow *f, vis_status status, const vis_error *err)
{
    bool cancelled = status == VIS_ERR_CANCELLED || !wanted(f->s);
    const vis_error *failed = cancelled || status == VIS_OK ? NULL : err;
    if (!cancelled && f->status != VIS_OK && f->status != VIS_AGAIN &&
        f->status != VIS_ERR_CANCELLED)
        failed = &f->err;
    if (failed) tell_failed(f->s, f->id, failed, true);
    live_utterance_end(f->utterance, failed);
}

static void say(speaker *s, const speaker_job *j)
{
    vis_error err = {0};
    flow f = {.s = s, .utterance = begin(s, j->id, j->text), .id = j->id};
    if (!f.utterance) return;
    const speech_sink sink = {.user = &f, .samples = push, .wanted = flow_wanted};
    vis_status status =
        j->kind == JOB_TEXT
            ? speech_say(s->options.voice, j->text, j->voice, &sink, &err)
            : speech_from_file(j->bytes.data, j->bytes.size, SPEAKER_MAX_FILE_SECONDS, &sink, &err);
    end(&f, status, &err);
}

/* ---- Answers; on the thread ---- */

typedef struct reply {
    const speaker_job *job;
    flow flow; /* its utterance is NULL until there is something to say */
    bool begun;
} reply;

/* Begun with the first words, so that she looks on while the answer is thought of. */
static bool begin_reply(reply *r)
{
    r->begun = true;
    r->flow.utterance = begin(r->flow.s, r->job->id, NULL);
    return r->flow.utterance != NULL;
}

static bool say_piece(void *user, const char *text)
{
    reply *r = user;
    speaker *s = r->flow.s;
    const speech_sink sink = {.user = &r->flow, .samples = push, .wanted = flow_wanted};
    if (!r->begun && !begin_reply(r)) return false;
    s->options.replied(s->options.user, r->job->id, text);
    vis_error err = {0};
    vis_status status = speech_say(s->options.voice, text, r->job->voice, &sink, &err);
    if (status != VIS_OK && r->flow.status == VIS_OK) {
        r->flow.status = status;
        r->flow.err = err;
    }
    return status == VIS_OK;
}

static bool reply_wanted(void *user)
{
    const reply *r = user;
    return wanted(r->flow.s);
}

/* Where nothing was said of it, who asked hears why all the same. */
static void end_silent(speaker *s, const reply *r, vis_status status, const vis_error *err)
{
    if (r->begun) return; /* it could not begin, which was said */
    if (wanted(s) && status != VIS_OK)
        tell_failed(s, r->job->id, err, false);
    else
        s->options.dropped(s->options.user, r->job->id);
}

static void answer(speaker *s, const speaker_job *j)
{
    vis_error err = {0};
    reply r = {.job = j, .flow = {.s = s, .id = j->id}};
    const chat_sink sink = {.user = &r, .piece = say_piece, .wanted = reply_wanted};
    if (!s->talk) s->talk = chat_talk_new();
    vis_status status = s->talk ? chat_answer(s->options.chat, s->talk, j->text, &sink, &err)
                                : vis_fail_memory(&err, "a talk");
    if (r.flow.utterance)
        end(&r.flow, status, &err);
    else
        end_silent(s, &r, status, &err);
}

static void end_open(speaker *s)
{
    if (s->open) live_utterance_end(s->open, NULL);
    s->open = NULL;
}

static bool push_pcm(flow *f, const uint8_t *pcm, size_t size, int rate)
{
    float samples[PIECE];
    for (size_t at = 0, count; at < size; at += 2 * count) {
        count = (size - at) / 2 < PIECE ? (size - at) / 2 : PIECE;
        for (size_t i = 0; i < count; i++) {
            const uint8_t *p = pcm + at + 2 * i;
            samples[i] = (float)(int16_t)(p[0] | p[1] << 8) / 32768.f;
        }
        if (!push(f, samples, (int64_t)count, rate)) return false;
    }
    return true;
}

static void say_sound(speaker *s, const speaker_job *j)
{
    if (j->begins) {
        end_open(s);
        s->open = begin(s, j->id, NULL);
        strcpy(s->open_id, j->id);
    }
    if (!s->open) return; /* it could not begin, which was said */
    flow f = {.s = s, .utterance = s->open, .id = s->open_id};
    if (!push_pcm(&f, j->bytes.data, j->bytes.size, j->rate)) {
        end(&f, VIS_OK, NULL);
        s->open = NULL;
    }
    if (j->ends) end_open(s);
}

static void work(speaker *s, speaker_job *j)
{
    if (j->kind == JOB_SOUND) {
        say_sound(s, j);
    } else {
        end_open(s);
        if (j->kind == JOB_CHAT)
            answer(s, j);
        else
            say(s, j);
    }
    speaker_job_free(j);
}

/* ---- The thread ---- */

/* The next job; NULL: none came for so long that open sound counts as forgotten, or closing. */
static speaker_job *next_job(speaker *s)
{
    struct timespec until = clock_in_ms(FORGOTTEN_SECONDS * 1000);
    int waited = 0;
    while (!s->closing && !s->queue.first && waited != ETIMEDOUT)
        waited = s->open ? pthread_cond_timedwait(&s->changed, &s->lock, &until)
                         : pthread_cond_wait(&s->changed, &s->lock);
    s->working = atomic_load(&s->turn);
    return s->closing ? NULL : speaker_queue_take(&s->queue);
}

static void *run(void *user)
{
    speaker *s = user;
    pthread_mutex_lock(&s->lock);
    while (!s->closing) {
        s->at_work = false;
        speaker_job *j = next_job(s);
        s->at_work = j != NULL;
        if (!j) s->queue.open_rate = 0;
        pthread_mutex_unlock(&s->lock);
        if (j)
            work(s, j);
        else
            end_open(s);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    end_open(s);
    return NULL;
}

/* Under the lock, when the first job is there. */
static vis_status start(speaker *s, vis_error *err)
{
    if (s->started) return VIS_OK;
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        return vis_fail_memory(err, "a thread that speaks");
    s->started = true;
    return VIS_OK;
}

/* ---- For whoever asks ---- */

vis_status speaker_open(const speaker_options *options, speaker **out, vis_error *err)
{
    speaker *s = calloc(1, sizeof *s);
    *out = s;
    if (!s) return vis_fail_memory(err, "a speaker");
    s->options = *options;
    pthread_mutex_init(&s->lock, NULL);
    clock_condition(&s->changed);
    return VIS_OK;
}

static void free_jobs(speaker_job *j)
{
    for (speaker_job *next; j; j = next) {
        next = j->next;
        speaker_job_free(j);
    }
}

void speaker_close(speaker *s)
{
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    atomic_fetch_add(&s->turn, 1);
    bool started = s->started;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (started) pthread_join(s->thread, NULL);
    free_jobs(speaker_queue_take_all(&s->queue));
    chat_talk_free(s->talk);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* With the lock held. */
static vis_status check_door(const speaker *s, vis_error *err)
{
    return s->draining ? vis_fail(err, VIS_ERR_LIMIT, "the server ends: it says nothing new")
                       : VIS_OK;
}

/* Before anything is interrupted for it. */
static vis_status check_open(speaker *s, vis_error *err)
{
    pthread_mutex_lock(&s->lock);
    vis_status status = check_door(s, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

void speaker_drain(speaker *s)
{
    pthread_mutex_lock(&s->lock);
    s->draining = true;
    pthread_mutex_unlock(&s->lock);
}

static vis_status put(speaker *s, speaker_job *j, vis_error *err)
{
    pthread_mutex_lock(&s->lock);
    vis_status status = check_door(s, err);
    if (status == VIS_OK) status = start(s, err);
    if (status == VIS_OK) status = speaker_queue_put(&s->queue, j, err);
    if (status == VIS_OK) pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static vis_status check_text(const speaker *s, const char *text, const char *voice, vis_error *err)
{
    size_t length = strlen(text);
    if (!s->options.voice)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "this server has no voice: send sound instead");
    if (length == 0) return vis_fail(err, VIS_ERR_USAGE, "`text` is empty");
    if (length > SPEECH_MAX_TEXT)
        return vis_fail(err, VIS_ERR_USAGE, "`text` has %zu bytes; at most %d are said at once",
                        length, SPEECH_MAX_TEXT);
    if (voice && strlen(voice) > VOICE_MAX)
        return vis_fail(err, VIS_ERR_USAGE, "`voice` is no name: it has more than %d bytes",
                        VOICE_MAX);
    return VIS_OK;
}

static vis_status put_text(speaker *s, speaker_job_kind kind, const char *id, const char *text,
                           const char *voice, bool interrupt, vis_error *err)
{
    VIS_TRY(check_text(s, text, voice, err));
    VIS_TRY(check_open(s, err));
    if (interrupt) speaker_interrupt(s);
    speaker_job *j = speaker_job_new(kind, id);
    if (j) j->text = text_copy(text, strlen(text));
    if (j && voice) j->voice = text_copy(voice, strlen(voice));
    bool made = j && j->text && (!voice || j->voice);
    vis_status status = made ? put(s, j, err) : vis_fail_memory(err, "a text");
    if (status != VIS_OK) speaker_job_free(j);
    return status;
}

vis_status speaker_say(speaker *s, const char *id, const char *text, const char *voice,
                       bool interrupt, vis_error *err)
{
    return put_text(s, JOB_TEXT, id, text, voice, interrupt, err);
}

vis_status speaker_answer(speaker *s, const char *id, const char *text, const char *voice,
                          bool interrupt, vis_error *err)
{
    if (!s->options.chat)
        return vis_fail(err, VIS_ERR_UNSUPPORTED,
                        "nobody answers here: this server was started without --chat");
    return put_text(s, JOB_CHAT, id, text, voice, interrupt, err);
}

vis_status speaker_play(speaker *s, const char *id, buffer *file, bool interrupt, vis_error *err)
{
    VIS_TRY(check_open(s, err));
    if (interrupt) speaker_interrupt(s);
    speaker_job *j = speaker_job_new(JOB_FILE, id);
    if (!j) return vis_fail_memory(err, "a sound file");
    buffer given = *file;
    j->bytes = given;
    vis_status status = put(s, j, err);
    if (status == VIS_OK) {
        buffer_init(file, given.limit);
        return VIS_OK;
    }
    buffer_init(&j->bytes, 0);
    speaker_job_free(j);
    return status;
}

vis_status speaker_push(speaker *s, const char *id, const uint8_t *pcm, size_t size, int rate,
                        vis_error *err)
{
    pthread_mutex_lock(&s->lock);
    vis_status status = s->queue.open_rate ? VIS_OK : check_door(s, err);
    if (status == VIS_OK) status = start(s, err);
    if (status == VIS_OK) status = speaker_queue_sound(&s->queue, id, pcm, size, rate, err);
    if (status == VIS_OK) pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return status;
}

void speaker_end(speaker *s)
{
    pthread_mutex_lock(&s->lock);
    if (speaker_queue_end(&s->queue, NULL) == VIS_OK) pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* Each text, file or whole sound that waits is told of; the rest of one that began is the session's
 * to tell. */
static void tell_dropped(speaker *s, const speaker_job *j)
{
    for (; j; j = j->next)
        if (j->kind != JOB_SOUND || j->begins) s->options.dropped(s->options.user, j->id);
}

int64_t speaker_interrupt(speaker *s)
{
    int64_t position = -1;
    pthread_mutex_lock(&s->lock);
    atomic_fetch_add(&s->turn, 1);
    speaker_job *waiting = speaker_queue_take_all(&s->queue);
    live_session_interrupt(s->options.session, &position);
    pthread_mutex_unlock(&s->lock);
    tell_dropped(s, waiting);
    free_jobs(waiting);
    return position;
}

bool speaker_is_busy(speaker *s)
{
    pthread_mutex_lock(&s->lock);
    bool busy = s->at_work || s->queue.count > 0;
    pthread_mutex_unlock(&s->lock);
    return busy;
}

int speaker_waiting(speaker *s)
{
    pthread_mutex_lock(&s->lock);
    int count = s->queue.count;
    pthread_mutex_unlock(&s->lock);
    return count;
}
