/* audio/pcm_queue.h - sound that is pushed by one thread and read by another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef AUDIO_PCM_QUEUE_H
#define AUDIO_PCM_QUEUE_H

#include "base/status.h"

#include <stdint.h>

/* Every function may be called by any thread at any time. */
typedef struct pcm_queue pcm_queue;

/* For interleaved float32 of that rate (Hz) and 1 or 2 channels; `capacity` sample frames may wait
 * at most. Memory is taken as they come and given back as they are read. VIS_ERR_MEMORY. */
vis_status pcm_queue_create(int rate, int channels, int64_t capacity, pcm_queue **out,
                            vis_error *err);
void pcm_queue_free(pcm_queue *q); /* NULL is fine */

int pcm_queue_rate(const pcm_queue *q);
int pcm_queue_channels(const pcm_queue *q);

/* Takes up to `count` sample frames; *taken is fewer when the queue is full. VIS_ERR_MEMORY: then
 * nothing was taken of what *taken does not count. */
vis_status pcm_queue_push(pcm_queue *q, const float *interleaved, int64_t count, int64_t *taken,
                          vis_error *err);

/* Says that no more comes. */
void pcm_queue_end(pcm_queue *q);

/* Sample frames that wait. */
int64_t pcm_queue_waiting(pcm_queue *q);

/* Up to `max` sample frames into interleaved[max * channels]; *got is 0 only at the end. VIS_AGAIN:
 * none is there yet. */
vis_status pcm_queue_read(pcm_queue *q, float *interleaved, int max, int *got, vis_error *err);

#endif
