/* serve/speaker_queue.h - what waits to be said, in order and bounded. Not locked: its owner does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_SPEAKER_QUEUE_H
#define SERVE_SPEAKER_QUEUE_H

#include "base/buffer.h"
#include "serve/message.h"
#include "serve/speaker.h"

typedef enum speaker_job_kind { JOB_TEXT, JOB_CHAT, JOB_FILE, JOB_SOUND } speaker_job_kind;

typedef struct speaker_job {
    speaker_job_kind kind;
    char id[MESSAGE_ID_MAX + 1];
    char *text, *voice; /* of JOB_TEXT and JOB_CHAT, owned; `voice` may be NULL */
    buffer bytes;       /* the file, or PCM s16le */
    int rate;           /* of JOB_SOUND */
    bool begins, ends;  /* of JOB_SOUND: the utterance does so with it */
    struct speaker_job *next;
} speaker_job;

/* Zero-initialised is empty. */
typedef struct speaker_queue {
    speaker_job *first, *last;
    int count;
    size_t bytes;
    int open_rate; /* of the sound that was put last and may go on; 0: none is open */
} speaker_queue;

/* A job without contents; NULL when out of memory. */
speaker_job *speaker_job_new(speaker_job_kind kind, const char *id);
void speaker_job_free(speaker_job *j); /* NULL is fine */

/* Puts a whole job, which is used up where that succeeds, and ends sound that is open. VIS_ERR_LIMIT.
 */
vis_status speaker_queue_put(speaker_queue *q, speaker_job *j, vis_error *err);

/* Adds sound to what is open, or opens it. VIS_ERR_LIMIT, VIS_ERR_FORMAT, VIS_ERR_MEMORY. */
vis_status speaker_queue_sound(speaker_queue *q, const char *id, const uint8_t *pcm, size_t size,
                               int rate, vis_error *err);
vis_status speaker_queue_end(speaker_queue *q, vis_error *err);

/* The first job, the caller's to free; NULL: there is none. */
speaker_job *speaker_queue_take(speaker_queue *q);

/* All of them; no sound is open any more. */
speaker_job *speaker_queue_take_all(speaker_queue *q);

#endif
