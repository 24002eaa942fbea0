/* live/session_internal.h - the parts of a session: what is said, what is made, what is sent.
 *
 * Frames are made a little before they are due (session_make.c) and sent when they are
 * (session_send.c), both by the session's thread (session.c). In between they wait as they were
 * painted, so that what is encoded is what is sent, and an interruption reaches their sound.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LIVE_SESSION_INTERNAL_H
#define LIVE_SESSION_INTERNAL_H

#include "live/packet_queue.h"
#include "live/presenter_internal.h"
#include "live/recording.h"
#include "live/session.h"
#include "live/sound_line.h"
#include "live/time_source.h"
#include "live/utterance.h"
#include "live/yuv.h"

#define SESSION_MAX_AHEAD 3    /* frames that are made and not sent */
#define SESSION_REST_FRAMES 8  /* at rest, until what all share is shown instead */
#define SESSION_SLIP_US 400000 /* later than that the clock slips */

/* A frame on its way: painted for this session, or a picture of what all share, or neither, where
 * nobody looks. */
typedef struct made_frame {
    const vis_frame *painted; /* held; NULL: */
    live_bytes *unit;         /* held; NULL: nobody looks */
    bool key;
    bool vp8;               /* `unit` is, not H.264 */
    bool moved;             /* the mouth is not at rest */
    double first_push;      /* clock_seconds of the sound that moves it for the first time; 0 */
    live_utterance *speaks; /* held: whose sound goes with it; NULL: silence */
    int64_t from;           /* sample of it */
    live_utterance *ends;   /* held: it was said when this frame is sent */
} made_frame;

struct live_session {
    live_presenter *presenter;
    live_session_options options;
    const time_source *time;
    int fps, frame_samples;
    int look_ahead;                /* as in vis_stream_options, and */
    int rows_ahead;                /* how many rows those are */
    char *record;                  /* NULL: none */
    double idle_cost, speech_cost; /* processor seconds a second (admission) */
    packet_queue packets;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    bool closing;
    live_utterance *said[LIVE_MAX_UTTERANCES + 1]; /* held, in order; [0] is being said */
    int n_said;
    int painting;  /* which of them is painted next: those before it are painted and not all sent */
    bool promised; /* the machine promised to speak */
    bool forget;   /* interrupted: the stream is to forget what it hears */
    live_utterance *fades; /* held: its sound was cut off and ends with the next frame */
    double interrupted_at; /* clock_seconds; 0: that is over */
    double gone_at;        /* when nobody received any more, in seconds of the clock */
    live_session_figures figures;
    bool vp8;           /* who receives takes that instead of H.264 */
    int64_t rate;       /* bits a second that pictures may have; 0: no bound */
    bool told_speaking; /* the state that was told last */
    /* Under its own lock, which is held while a packet is written: */
    pthread_mutex_t take_lock;
    recording *take; /* that somebody asked for; NULL: none */
    /* The thread's: */
    int64_t origin_us;  /* of frame 0 */
    int64_t made, sent; /* frames */
    int64_t footage;    /* position of the next frame that is made */
    made_frame ahead[SESSION_MAX_AHEAD];
    vis_stream *stream;             /* NULL while what all share is shown; set under the lock */
    bool pulling;                   /* a frame is under way that was asked for before, */
    bool stale;                     /* and it knows nothing of the utterance's end */
    bool hears;                     /* the stream was pushed something since it was reset */
    bool moves;                     /* the mouth does, in the frame that was made last, */
    bool scarce;                    /* and the next has not its sound yet */
    int at_rest;                    /* frames since, where nothing is to be said */
    bool shares;                    /* what is shown is what all share */
    const idle_group *group;        /* held; of what is shared; NULL: nobody looks */
    const idle_loop *group_of;      /* where it is from */
    int64_t group_begin, group_end; /* footage */
    bool need_key;                  /* the next of the own encoder must be one */
    double first_push;              /* of the utterance whose lips did not move yet; 0 */
    video_encoder *encoder;         /* NULL: none at hand */
    video_encoder *vp8_encoder;     /* NULL: none yet */
    yuv raw;
    sound_line sound;
    recording *recording; /* NULL: none */
    float frame_sound[LIVE_SOUND_RATE / 10];
};

/* live_session_open by another time. */
vis_status session_open_by(live_presenter *p, const live_session_options *options,
                           const time_source *time, live_session **out, vis_error *err);

/* When frame n is due. */
int64_t session_due(const live_session *s, int64_t n);

/* ---- session_said.c: what is said ---- */

/* The utterance to be painted, held; NULL. */
live_utterance *session_painting(live_session *s);
/* It is painted: the next one follows. */
void session_painted(live_session *s, live_utterance *u);
/* It was said; its event is sent at `time_us`. */
void session_ended(live_session *s, live_utterance *u, int64_t time_us);
bool session_is_quiet(live_session *s); /* nothing is to be said */
/* Speaks no more: another session may. With the lock held. */
void session_give_back(live_session *s);
void session_drop_said(live_session *s);

/* ---- session_make.c ---- */

/* Makes the next frame, waiting for it up to `timeout_ms`; VIS_AGAIN: it takes longer. */
vis_status session_make(live_session *s, int timeout_ms, vis_error *err);
void session_free_made(made_frame *f);

/* ---- session_take.c: recordings ---- */

vis_status session_open_recording(const live_session *s, const char *path, recording **out,
                                  vis_error *err);

/* Those that are asked for: */

bool session_takes(live_session *s);
bool session_take_waits(live_session *s); /* for its first key picture */
void session_take_add(live_session *s, const live_packet *p);
void session_take_abort(live_session *s);

/* A recording that cannot go on: removed, and told. */
void session_give_up(live_session *s, recording **r, const vis_error *why);

/* ---- session_send.c ---- */

bool session_takes_vp8(live_session *s); /* who receives */

/* Sends the oldest frame that was made. */
vis_status session_send(live_session *s, vis_error *err);
void session_tell(live_session *s, const live_event *event, int64_t time_us);

#endif
