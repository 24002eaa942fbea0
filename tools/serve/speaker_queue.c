/* serve/speaker_queue.c - jobs in a row; pieces of sound that wait are one job.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/speaker_queue.h"

#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

speaker_job *speaker_job_new(speaker_job_kind kind, const char *id)
{
    speaker_job *j = calloc(1, sizeof *j);
    if (!j) return NULL;
    j->kind = kind;
    snprintf(j->id, sizeof j->id, "%s", id ? id : "");
    buffer_init(&j->bytes, SPEAKER_MAX_BYTES);
    return j;
}

void speaker_job_free(speaker_job *j)
{
    if (!j) return;
    buffer_free(&j->bytes);
    free(j->text);
    free(j->voice);
    free(j);
}

static vis_status check_room(const speaker_queue *q, int jobs, size_t bytes, vis_error *err)
{
    if (q->count + jobs <= SPEAKER_MAX_JOBS && bytes <= SPEAKER_MAX_BYTES - q->bytes) return VIS_OK;
    return vis_fail(err, VIS_ERR_LIMIT,
                    "too much waits to be said already (%d utterances, %zu bytes)", q->count,
                    q->bytes);
}

static void append(speaker_queue *q, speaker_job *j)
{
    if (q->last)
        q->last->next = j;
    else
        q->first = j;
    q->last = j;
    q->count++;
    q->bytes += j->bytes.size;
}

/* An end costs no place: its job is small, and each follows sound that had one. */
vis_status speaker_queue_end(speaker_queue *q, vis_error *err)
{
    if (!q->open_rate) return VIS_OK;
    if (q->last && q->last->kind == JOB_SOUND) {
        q->last->ends = true;
    } else {
        speaker_job *j = speaker_job_new(JOB_SOUND, NULL);
        if (!j) return vis_fail_memory(err, "the end of an utterance");
        j->ends = true;
        append(q, j);
    }
    q->open_rate = 0;
    return VIS_OK;
}

vis_status speaker_queue_put(speaker_queue *q, speaker_job *j, vis_error *err)
{
    VIS_TRY(check_room(q, 1, j->bytes.size, err));
    VIS_TRY(speaker_queue_end(q, err));
    append(q, j);
    return VIS_OK;
}

static bool last_goes_on(const speaker_queue *q)
{
    return q->open_rate && q->last && q->last->kind == JOB_SOUND && !q->last->ends;
}

static vis_status add_job(speaker_queue *q, const char *id, const uint8_t *pcm, size_t size,
                          int rate, vis_error *err)
{
    speaker_job *j = speaker_job_new(JOB_SOUND, id);
    if (!j) return vis_fail_memory(err, "sound");
    j->rate = rate;
    j->begins = !q->open_rate;
    vis_status status = buffer_append(&j->bytes, pcm, size, err);
    if (status != VIS_OK) {
        speaker_job_free(j);
        return status;
    }
    append(q, j);
    return VIS_OK;
}

vis_status speaker_queue_sound(speaker_queue *q, const char *id, const uint8_t *pcm, size_t size,
                               int rate, vis_error *err)
{
    bool goes_on = last_goes_on(q);
    if (q->open_rate && q->open_rate != rate)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "sound at %d Hz: this utterance began with %d; end it first", rate,
                        q->open_rate);
    VIS_TRY(check_room(q, goes_on ? 0 : 1, size, err));
    if (goes_on) {
        VIS_TRY(buffer_append(&q->last->bytes, pcm, size, err));
        q->bytes += size;
    } else {
        VIS_TRY(add_job(q, id, pcm, size, rate, err));
    }
    q->open_rate = rate;
    return VIS_OK;
}

speaker_job *speaker_queue_take(speaker_queue *q)
{
    speaker_job *j = q->first;
    if (!j) return NULL;
    q->first = j->next;
    if (!q->first) q->last = NULL;
    q->count--;
    q->bytes -= j->bytes.size;
    j->next = NULL;
    return j;
}

speaker_job *speaker_queue_take_all(speaker_queue *q)
{
    speaker_job *all = q->first;
    memset(q, 0, sizeof *q);
    return all;
}
