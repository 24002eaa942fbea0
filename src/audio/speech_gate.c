/* audio/speech_gate.c - levels, threshold, runs of loud frames, fades.
 * SPDX-License-Identifier: Apache-2.0 */
#include "audio/speech_gate.h"

#include "audio/speech.h"

#include <math.h>
#include <stdlib.h>

#define KEPT 4096             /* frames remembered; a power of two */
#define FLOOR_FRAMES 100      /* of these the quietest is the room's noise */
#define QUIETEST (-90.0F)     /* dB: digital silence */
#define ABOVE_FLOOR 10.0F     /* dB by which speech exceeds the noise, */
#define NEVER_SPEECH (-45.0F) /* what is softer is none, */
#define ALWAYS_LOUD (-33.0F)  /* and what is louder may be, whatever the noise */
#define RUN 3                 /* loud frames that make speech */
#define GOES_ON 12            /* frames after speech within which one loud frame is speech again */

typedef struct gate_frame {
    float level;  /* dB */
    float weight; /* 0 ... 1 */
    bool loud, speech;
} gate_frame;

/* Frame i stands at i mod KEPT. Levels are known of frames before `levels`, weights of frames
 * before `decided`. */
struct speech_gate {
    int fps;
    int look;        /* frames after its own that decide about one */
    int64_t samples; /* taken in */
    double energy;   /* of the frame that is not full yet */
    int64_t levels, decided;
    int64_t spoke; /* the last frame that is speech; far below 0: none */
    bool ended;
    gate_frame frames[KEPT];
};

vis_status speech_gate_create(int fps, speech_gate **out, vis_error *err)
{
    speech_gate *g = calloc(1, sizeof *g);
    *out = g;
    if (!g) return vis_fail_memory(err, "telling speech from silence");
    g->fps = fps;
    g->look = SPEECH_GATE_LOOK;
    g->spoke = -KEPT;
    return VIS_OK;
}

void speech_gate_free(speech_gate *g)
{
    free(g);
}

void speech_gate_look_ahead(speech_gate *g, int frames)
{
    g->look = frames < SPEECH_GATE_LOOK ? frames : SPEECH_GATE_LOOK;
}

static gate_frame *at(speech_gate *g, int64_t frame)
{
    return &g->frames[frame % KEPT];
}

/* First sample of a frame. */
static int64_t begin_of(const speech_gate *g, int64_t frame)
{
    return frame * SPEECH_RATE / g->fps;
}

static float level_of(double energy, int64_t samples)
{
    if (samples <= 0 || energy <= 0) return QUIETEST;
    float level = (float)(10 * log10(energy / (double)samples));
    return fmaxf(level, QUIETEST);
}

/* The level above which the newest frame is loud. */
static float threshold(speech_gate *g)
{
    int64_t oldest = g->levels > FLOOR_FRAMES ? g->levels - FLOOR_FRAMES : 0;
    float quietest = 0;
    for (int64_t i = oldest; i < g->levels; i++)
        quietest = fminf(quietest, at(g, i)->level);
    return fminf(fmaxf(quietest + ABOVE_FLOOR, NEVER_SPEECH), ALWAYS_LOUD);
}

/* Marks what the newest frame makes speech: itself behind speech, else the run that it completes. */
static void mark_speech(speech_gate *g)
{
    int64_t newest = g->levels - 1;
    int run = 0;
    while (run < RUN && run <= newest && at(g, newest - run)->loud)
        run++;
    if (run == 0 || (run < RUN && newest - g->spoke > GOES_ON)) return;
    for (int i = 0; i < run; i++)
        at(g, newest - i)->speech = true;
    g->spoke = newest;
}

static bool speaks(speech_gate *g, int64_t frame)
{
    int64_t from = frame > SPEECH_GATE_BEFORE ? frame - SPEECH_GATE_BEFORE : 0;
    int64_t to = frame + SPEECH_GATE_AHEAD;
    if (to >= g->levels) to = g->levels - 1;
    for (int64_t i = from; i <= to; i++)
        if (at(g, i)->speech) return true;
    return false;
}

/* The first frame is as it is, without a fade. */
static void decide(speech_gate *g)
{
    int64_t frame = g->decided++;
    float to = speaks(g, frame) ? 1 : 0;
    float from = frame > 0 ? at(g, frame - 1)->weight : to;
    const float step = 1.0F / SPEECH_GATE_FADE;
    float weight = to > from ? fminf(from + step, 1) : fmaxf(from - step, to);
    at(g, frame)->weight = fabsf(weight - to) < step / 2 ? to : weight;
}

static void add_level(speech_gate *g, float level)
{
    int64_t frame = g->levels++;
    *at(g, frame) = (gate_frame){.level = level};
    at(g, frame)->loud = level > threshold(g);
    mark_speech(g);
    if (g->levels > g->look) decide(g);
}

void speech_gate_push(speech_gate *g, const float *samples, int count)
{
    for (int i = 0; i < count; i++) {
        g->energy += (double)samples[i] * samples[i];
        if (++g->samples < begin_of(g, g->levels + 1)) continue;
        add_level(g, level_of(g->energy, g->samples - begin_of(g, g->levels)));
        g->energy = 0;
    }
}

void speech_gate_end(speech_gate *g)
{
    int64_t rest = g->samples - begin_of(g, g->levels);
    if (!g->ended && rest > 0) add_level(g, level_of(g->energy, rest));
    g->ended = true;
}

bool speech_gate_knows(const speech_gate *g, int64_t frame)
{
    return g->ended || frame < g->decided;
}

float speech_gate_weight(speech_gate *g, int64_t frame)
{
    while (g->decided <= frame)
        add_level(g, QUIETEST);
    return at(g, frame)->weight;
}

float speech_gate_foretells(speech_gate *g)
{
    if (g->decided > 0) return at(g, 0)->weight;
    return speaks(g, 0) ? 1 : 0;
}
