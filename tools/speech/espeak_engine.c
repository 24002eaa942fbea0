/* speech/espeak_engine.c - a queue of sentences, and the thread that says them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/espeak_engine.h"

#include "base/clock.h"
#include "base/memory.h"
#include "speech/voice_maker.h"

#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_SECONDS 600
#define ASK_EVERY_MS 50 /* between two questions whether sound is still wanted */
#define PART 2048       /* samples that are passed on at once */

/* A sentence on its way; on the stack of who asked for it. */
typedef struct job {
    char *text; /* its own, ended with 0 */
    const char *voice;
    bool last;
    int16_t *samples;
    int64_t count, capacity;
    bool cancelled; /* by who asked */
    bool done;      /* nobody touches it any more but who asked */
    vis_status status;
    struct job *next;
} job;

/* `opening` is held while it is started or stopped, `lock` for what follows it. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int users; /* under `opening`, as what follows */
    espeak_voices voices;
    int rate;
    pthread_t thread;
    char *voice;          /* that the library has now; touched by the thread alone */
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool stop;
    job *first, *current;
} engine;

static vis_status fail_espeak(espeak_ng_STATUS status, vis_error *err)
{
    char why[256] = "";
    espeak_ng_GetStatusCodeMessage(status, why, sizeof why);
    return vis_fail(err, VIS_ERR_OPEN,
                    "espeak-ng cannot start: %s; are its data installed (espeak-ng-data)?", why);
}

/* ---- The thread ---- */

static vis_status make_room(job *j, int count)
{
    if (j->count + count <= j->capacity) return VIS_OK;
    if (j->count + count > (int64_t)MAX_SECONDS * engine.rate) return VIS_ERR_LIMIT;
    int64_t capacity = 2 * j->capacity + count;
    int16_t *samples = realloc(j->samples, (size_t)capacity * sizeof *samples);
    if (!samples) return VIS_ERR_MEMORY;
    j->samples = samples;
    j->capacity = capacity;
    return VIS_OK;
}

/* The library's sound. 1 stops it. */
static int take_sound(short *sound, int count, espeak_EVENT *events)
{
    pthread_mutex_lock(&engine.lock);
    job *j = engine.current;
    if (sound && count > 0 && !j->cancelled) {
        j->status = make_room(j, count);
        if (j->status == VIS_OK) {
            memcpy(j->samples + j->count, sound, (size_t)count * sizeof *sound);
            j->count += count;
        }
        pthread_cond_broadcast(&engine.changed);
    }
    bool stop = j->cancelled || j->status != VIS_OK;
    pthread_mutex_unlock(&engine.lock);
    return stop;
}

/* By its name, else the best for the language, as the program espeak-ng chooses. */
static bool set_voice(const char *voice)
{
    espeak_VOICE wanted = {.languages = voice};
    return espeak_ng_SetVoiceByName(voice) == ENS_OK ||
           espeak_ng_SetVoiceByProperties(&wanted) == ENS_OK;
}

static vis_status choose_voice(const char *voice)
{
    if (engine.voice && strcmp(engine.voice, voice) == 0) return VIS_OK;
    free(engine.voice);
    engine.voice = NULL;
    if (!set_voice(voice)) return VIS_ERR_UNSUPPORTED;
    engine.voice = text_copy(voice, strlen(voice));
    return engine.voice ? VIS_OK : VIS_ERR_MEMORY;
}

/* Without the lock: take_sound takes it. */
static vis_status synthesise(const job *j)
{
    VIS_TRY(choose_voice(j->voice));
    unsigned flags = espeakCHARS_UTF8 | (j->last ? 0 : espeakENDPAUSE);
    espeak_ng_STATUS status =
        espeak_ng_Synthesize(j->text, strlen(j->text) + 1, 0, POS_CHARACTER, 0, flags, NULL, NULL);
    return status == ENS_OK || status == ENS_SPEECH_STOPPED ? VIS_OK : VIS_ERR_UNSUPPORTED;
}

/* Says the first of those that wait; with the lock held before and after. */
static void say_next(void)
{
    job *j = engine.current = engine.first;
    engine.first = j->next;
    pthread_mutex_unlock(&engine.lock);
    vis_status status = synthesise(j);
    pthread_mutex_lock(&engine.lock);
    if (j->status == VIS_OK) j->status = status;
    j->done = true;
    engine.current = NULL;
    pthread_cond_broadcast(&engine.changed);
}

static void *run(void *unused)
{
    pthread_mutex_lock(&engine.lock);
    while (!engine.stop) {
        if (engine.first)
            say_next();
        else
            pthread_cond_wait(&engine.changed, &engine.lock);
    }
    pthread_mutex_unlock(&engine.lock);
    return NULL;
}

/* ---- Start and stop ---- */

/* Once in a process: espeak-ng 1.51 waits for ever when it is ended a second time, so it is left
 * as it is, idle, until the process ends. */
static vis_status start_library(vis_error *err)
{
    static bool started;
    if (started) return VIS_OK;
    espeak_ng_InitializePath(NULL);
    espeak_ng_STATUS status = espeak_ng_Initialize(NULL);
    if (status == ENS_OK) status = espeak_ng_InitializeOutput(ENOUTPUT_MODE_SYNCHRONOUS, 0, NULL);
    if (status != ENS_OK) return fail_espeak(status, err);
    espeak_SetSynthCallback(take_sound);
    engine.rate = espeak_ng_GetSampleRate();
    started = true;
    return VIS_OK;
}

static void forget_voices(void)
{
    espeak_voices_free(&engine.voices);
    free(engine.voice);
    engine.voice = NULL;
}

static void make_lock(void)
{
    clock_condition(&engine.changed);
    pthread_mutex_init(&engine.lock, NULL);
}

static void end_lock(void)
{
    pthread_cond_destroy(&engine.changed);
    pthread_mutex_destroy(&engine.lock);
}

static vis_status start(vis_error *err)
{
    VIS_TRY(start_library(err));
    vis_status status = espeak_voices_list(&engine.voices, err);
    if (status == VIS_OK) {
        make_lock();
        engine.stop = false;
        if (pthread_create(&engine.thread, NULL, run, NULL) == 0) return VIS_OK;
        end_lock();
        status = vis_fail_memory(err, "the thread of espeak-ng");
    }
    forget_voices();
    return status;
}

vis_status espeak_engine_start(vis_error *err)
{
    pthread_mutex_lock(&opening);
    vis_status status = engine.users > 0 ? VIS_OK : start(err);
    if (status == VIS_OK) engine.users++;
    pthread_mutex_unlock(&opening);
    return status;
}

void espeak_engine_stop(void)
{
    pthread_mutex_lock(&opening);
    if (--engine.users == 0) {
        pthread_mutex_lock(&engine.lock);
        engine.stop = true;
        pthread_cond_broadcast(&engine.changed);
        pthread_mutex_unlock(&engine.lock);
        pthread_join(engine.thread, NULL);
        end_lock();
        forget_voices();
    }
    pthread_mutex_unlock(&opening);
}

const espeak_voices *espeak_engine_voices(void)
{
    return &engine.voices;
}

/* ---- Who asks ---- */

static void append(job *j)
{
    job **at = &engine.first;
    while (*at)
        at = &(*at)->next;
    *at = j;
    pthread_cond_broadcast(&engine.changed);
}

/* Takes it back: at once where it is not said yet, else as soon as the library asks. */
static void take_back(job *j)
{
    j->cancelled = true;
    for (job **at = &engine.first; *at; at = &(*at)->next)
        if (*at == j) {
            *at = j->next;
            j->done = true;
            return;
        }
    while (!j->done)
        pthread_cond_wait(&engine.changed, &engine.lock);
}

static void wait_a_little(void)
{
    struct timespec until = clock_in_ms(ASK_EVERY_MS);
    pthread_cond_timedwait(&engine.changed, &engine.lock, &until);
}

/* Hands over up to PART samples from `sent` on, without the lock meanwhile; false: no more wanted. */
static bool pass_on(const job *j, int64_t *sent, const speech_sink *sink)
{
    float part[PART];
    int64_t count = j->count - *sent < PART ? j->count - *sent : PART;
    for (int64_t i = 0; i < count; i++)
        part[i] = (float)j->samples[*sent + i] / 32768.0f;
    *sent += count;
    pthread_mutex_unlock(&engine.lock);
    bool more = count > 0 ? sink->samples(sink->user, part, count, engine.rate) : sink_wanted(sink);
    pthread_mutex_lock(&engine.lock);
    return more;
}

/* With the lock held: all of its sound as it comes. */
static vis_status listen(job *j, const speech_sink *sink)
{
    int64_t sent = 0;
    while (sent < j->count || !j->done) {
        if (sent == j->count) wait_a_little();
        if (!pass_on(j, &sent, sink)) {
            take_back(j);
            return VIS_ERR_CANCELLED;
        }
    }
    return j->status;
}

static vis_status explain(vis_status status, const char *voice, vis_error *err)
{
    switch (status) {
    case VIS_OK:
        return VIS_OK;
    case VIS_ERR_CANCELLED:
        return vis_fail(err, status, "stopped while speaking");
    case VIS_ERR_LIMIT:
        return vis_fail(err, status, "one sentence would take more than %d minutes to say",
                        MAX_SECONDS / 60);
    case VIS_ERR_MEMORY:
        return vis_fail_memory(err, "the sound of a sentence");
    default:
        return vis_fail(err, status, "espeak-ng cannot speak in the voice '%s'", voice);
    }
}

vis_status espeak_engine_say(const espeak_sentence *sentence, const speech_sink *sink,
                             vis_error *err)
{
    job j = {.text = text_copy(sentence->text, sentence->size),
             .voice = sentence->voice,
             .last = sentence->last};
    if (!j.text) return vis_fail_memory(err, "a sentence");
    pthread_mutex_lock(&engine.lock);
    append(&j);
    vis_status status = listen(&j, sink);
    pthread_mutex_unlock(&engine.lock);
    free(j.text);
    free(j.samples);
    return explain(status, sentence->voice, err);
}
