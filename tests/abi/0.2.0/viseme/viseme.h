/* viseme/viseme.h - lip-sync networks in plain C: checkpoint + filmed character + speech -> talking
 * video.
 *
 * The shortest way is one call, vis_render_video. Below it stand the parts that it is made of, for
 * programs that want frames instead of a file: models, sessions, features, characters, streams.
 *
 * Conventions
 * - Every call that can fail returns a vis_status and takes a vis_error (may be NULL) that then
 *   holds one line: what is wrong, which file, where in it, what to do (viseme/status.h).
 * - Handles are opaque. What NAME_open or NAME_create makes belongs to the caller, who releases it
 *   with NAME_close; NULL is fine there. Pointers that a getter returns belong to the handle and
 *   live as long.
 * - The library never prints, exits or aborts. Warnings go to a vis_log, if one is given.
 * - Structures that will grow carry their size, so that a program built with this header works with
 *   every later library of the same major version, and one built with a later header with this
 *   library as long as it leaves the new fields at their defaults (VIS_ERR_UNSUPPORTED otherwise).
 *   Options begin with `size`: NAME_defaults() gives them filled; who cannot compile that calls
 *   NAME_init with the size of his, which may end behind any field. Results are filled by
 *   NAME_sized, with the size that the caller has room for; the name without it is for C. Fields
 *   are only ever added at the end. vis_error, vis_log, vis_io, vis_shape, vis_speech and vis_fast
 *   stay as they are.
 * - Where a path is asked for, most often a caller's own functions can be given instead, as a
 *   vis_io (viseme/io.h): NAME_io beside `name` in options, vis_..._io beside a function.
 * - A text that is NULL means "not given".
 * - Tensors are float32, row-major, [N, C, H, W]. Colours are B, G, R as everywhere in this model
 *   family.
 * - Threads: a handle is used by one thread at a time, but for what says otherwise. A vis_model,
 *   once its audio mode is decided, and a vis_character may be shared by any number of threads.
 *   What a handle was made from must outlive it, except that models and characters stay as long as
 *   a stream uses them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef VISEME_H
#define VISEME_H

#include "viseme/io.h"
#include "viseme/status.h"
#include "viseme/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the library that runs, which may be later than this header: "0.2.0", static; and the number
 * that VIS_VERSION is of the header. */
VIS_API const char *vis_version(void);
VIS_API int vis_version_number(void);

/* FFmpeg's libraries print complaints of their own on standard error. This stops them for the whole
 * process; for programs, which own that setting. The library never touches it otherwise. */
VIS_API void vis_silence_ffmpeg(void);

/* Bounds the memory of the whole process from now on (Linux's RLIMIT_DATA); for programs, which own
 * that setting. What counts is all that the process may write: heap, tensors, pictures, stacks of
 * threads, those of the libraries below too; not the program itself, shared libraries, and files
 * that are mapped to be read. Threads that begin later get stacks of 1 MiB. Caches that go by the
 * machine's memory go by this bound then, as does the number of painters of vis_render_video; calls
 * that need more return VIS_ERR_MEMORY. It can only be lowered afterwards. VIS_ERR_USAGE where more
 * is taken already; VIS_ERR_LIMIT where the system's own bound is lower. */
VIS_API vis_status vis_limit_memory(int64_t bytes, vis_error *err);

/* ---- The whole job in one call ---- */

/* How far long work has come. `total` is -1 while it is unknown. Return false to stop: the call
 * then ends with VIS_ERR_CANCELLED and leaves no file, but for vis_render_options.partial. */
typedef bool (*vis_progress_fn)(void *user, int64_t done, int64_t total);

typedef enum vis_interpolation {
    VIS_INTERPOLATION_DEFAULT, /* what the model's family trained with: 328 cubic, 160 bilinear */
    VIS_LINEAR,
    VIS_CUBIC,
    VIS_AREA,
} vis_interpolation;

/* How the painted face comes into the frame. Seamless: what the network was shown of the frame stays
 * filmed, and inside that the painting fades in, by the character's jaw where its landmarks tell it
 * (with room for a jaw that drops further), else by the mouth rectangle; differences in tone along
 * the fade are carried inwards. Exact: the whole square is replaced, byte for byte as the Python
 * pipelines of the family do it. */
typedef enum vis_composite {
    VIS_SEAMLESS,
    VIS_EXACT,
} vis_composite;

/* In what a U-Net calculates; other networks know float32 alone. Fast: its convolutions in whole
 * numbers of 16 bits, whose range each frame sets anew, as far as a first frame shows them to be at
 * least 40 dB (PSNR) from float32 (vis_fast); what it gives in time and likeness, network by
 * network, stands in docs/performance.md. Where the processor has no kernels for it, float32 is
 * used, with a warning; weights that are not finite are VIS_ERR_UNSUPPORTED.
 */
typedef enum vis_precision {
    VIS_FLOAT32,
    VIS_FAST,
} vis_precision;

/* What became of VIS_FAST: before anything is painted each block of the network is run both ways,
 * on the first frame of the footage (of a session: on its first inputs), and stays float32 where 16
 * bits cost too much; where the whole would not hold 40 dB (PSNR to float32, on other frames as
 * well, so that more is asked of the first), all of it does. */
typedef struct vis_fast {
    bool used;  /* false: all float32 */
    int blocks; /* that could run in 16 bits; 0: nothing was measured */
    int exact;  /* of those, how many stay float32 */
    double
        decibel; /* PSNR to float32 on that frame; where it is not used: of the best choice tried */
} vis_fast;

typedef struct vis_render_options {
    size_t size;               /* of this structure, as the program knows it */
    const char *model;         /* .pth, .onnx, or a folder of N.pth; required */
    int checkpoint;            /* which N of a folder; -1: the highest */
    const char *character;     /* dataset, package or avatar folder; required */
    const char *audio;         /* speech, any usual sound or video file: the sound track. Only with
                                  `features` may it be NULL: a video without sound, and a warning */
    const char *audio_encoder; /* AVE encoder checkpoint for `audio` */
    const char *features;      /* .npy or .bin; the audio encoder is then not used */
    const char *output;        /* the MP4: .mp4, .m4v, or no suffix; required */
    const char *audio_mode;    /* "ave", "hubert", "wenet" where the checkpoint cannot tell */
    int fps;                   /* 0: 25, or 20 for wenet */
    int64_t start;             /* first output frame of the clip to render (from 0) */
    int64_t frames;            /* how many; -1: to the end */
    int footage_start;         /* the bounce runs over footage frames footage_start ... last */
    bool resample_footage;     /* accept footage of another rate, nearest frame in time */
    bool parsing;              /* keep the pixels that the character's parsing masks name */
    vis_interpolation crop, paste;
    vis_composite composite;
    vis_precision precision;
    int threads;         /* 0: one for each core that this process may use; the result is the same
                            with any number */
    int64_t cache_bytes; /* for footage that comes back: a quarter for decoded frames, the rest for
                            what the network keeps of them; -1: 2 GiB, or a quarter of the memory
                            that is free when that is less (of the machine's, the control group's, a
                            set limit). Memory is taken for what comes back within the clip */
    double crf;          /* x264 quality, 0 (lossless) to 51; 18 */
    const char *preset;  /* x264 preset; "veryfast" */
    vis_log log;
    vis_progress_fn progress;
    void *progress_user;
    const char *partial; /* an MP4 in the folder of `output` (of the file that it leads to, where it
                            is a symbolic link) for the frames so far, where the work is stopped or
                            an input turns bad on the way; NULL: no file then */
    /* Each instead of the path of that name, NULL: by the path; both are VIS_ERR_USAGE. They are
     * read in this order before anything else is done. */
    const vis_io *model_io, *audio_encoder_io, *audio_io, *features_io;
    const vis_io *output_io; /* is given the finished MP4, the very bytes that a file would have;
                                nothing, where the work fails or is stopped before. Rules out
                                `partial`, which needs a folder */
    bool no_rest; /* paint the lips in silence too, as heard. Else, where the sound says that nobody
                     speaks, the mouth is at rest: as filmed where it was filmed closed for a while,
                     as landmarks tell, otherwise as the network paints it in silence. Without
                     `audio` it never rests */
    int smooth;   /* as in vis_character_options */
    /* The file says that it is machine-made, and is signed so that any change shows: a C2PA
     * manifest (docs/provenance.md). Whoever wants to be known by it has a key and its chain of
     * certificates, PEM files; both NULL: a key that is made for this video and kept nowhere. */
    bool no_sign;
    const char *sign_key, *sign_certificate;
    const char *label; /* written into the upper right corner of every frame, 64 letters of ASCII at
                          most; "eu": AI MODIFIED; NULL: none */
    const char *mark_id; /* the manifest's UUID, 32 hexadecimal digits; NULL: a random one */
    const char *aigc_producer, *aigc_id; /* China's AIGC field (GB 45438-2025): who makes such
                                            content and its number there; both or none */
} vis_render_options;

typedef struct vis_render_result {
    int64_t frames;
    double seconds; /* of video */
    double elapsed; /* wall clock */
    double fps;     /* frames rendered per second of wall clock */
    int width, height;
    bool silent;       /* the speech holds no sound worth the name */
    vis_fast fast;     /* what VIS_FAST came to */
    int64_t rested;    /* of the frames, those whose mouth is at rest altogether */
    char manifest[48]; /* by which the signed file is called, "urn:c2pa:..."; "": not signed */
    char signer[208];  /* in words: a key of its own, or whose */
} vis_render_result;

VIS_API void vis_render_options_init(vis_render_options *options, size_t size);
static inline vis_render_options vis_render_options_defaults(void)
{
    vis_render_options options;
    vis_render_options_init(&options, sizeof options);
    return options;
}

/* Renders a clip into an MP4 (H.264 yuv420p and AAC) with the given speech as its sound. The file
 * appears under its final name only when it is complete. Memory does not grow with the clip.
 * `result` may be NULL. With `partial`, a call that fails may have left a video of result->frames
 * frames there, complete in itself; where that name is taken it becomes NAME-2.mp4, NAME-3.mp4 and
 * so on, so that nothing is replaced. The message says the name, and from where to go on. 0 frames:
 * no file. Where `output` could not be written there is none either.
 * VIS_ERR_USAGE where `output` is one of the files that it is made from. */
VIS_API vis_status vis_render_video_sized(const vis_render_options *options,
                                          vis_render_result *result, size_t size, vis_error *err);
static inline vis_status vis_render_video(const vis_render_options *options,
                                          vis_render_result *result, vis_error *err)
{
    return vis_render_video_sized(options, result, sizeof *result, err);
}

/* ---- Models ---- */

typedef struct vis_model vis_model;

typedef enum vis_model_kind {
    VIS_MODEL_UNET_328,
    VIS_MODEL_UNET_160,
    VIS_MODEL_AVE_ENCODER,
    VIS_MODEL_OTHER, /* an ONNX graph of no known family: sessions run it, renderers refuse it */
} vis_model_kind;

typedef struct vis_model_options {
    size_t size;             /* of this structure, as the program knows it */
    const char *audio_mode;  /* "ave", "hubert", "wenet" or NULL */
    int checkpoint;          /* which N of a folder of N.pth; -1: the highest */
    vis_precision precision; /* of sessions and renderers */
    vis_log log;
} vis_model_options;

/* What a checkpoint is. Numbers that do not apply are 0. */
typedef struct vis_model_info {
    vis_model_kind kind;
    const char *kind_name; /* "328 U-Net" */
    const char
        *audio_mode;    /* "ave", "hubert", "wenet", "none", or "ave or hubert" while undecided */
    const char *format; /* "pth", "pth (legacy)", "onnx" */
    const char *dtype;  /* of the stored weights */
    const char *container; /* the key the weights stood under, "" for none */
    const char *prefix;    /* stripped from the keys, "" for none */
    const char *path;      /* of the file opened */
    const char *sha256;    /* of that file, 64 hexadecimal digits */
    int image_size;        /* S */
    int width[5];          /* channels c0 ... c4 */
    int audio_shape[3];    /* C, H, W of the audio input */
    int window_rows;       /* feature rows of a window */
    int row_size;          /* numbers of a feature row */
    int default_fps;
    int batch;                /* fixed batch of an ONNX file, else -1 */
    int64_t parameters, macs; /* learnable numbers; multiply-accumulates of one frame */
} vis_model_info;

VIS_API void vis_model_options_init(vis_model_options *options, size_t size);
static inline vis_model_options vis_model_options_defaults(void)
{
    vis_model_options options;
    vis_model_options_init(&options, sizeof options);
    return options;
}
VIS_API vis_status vis_model_open(const char *path, const vis_model_options *options,
                                  vis_model **out, vis_error *err);

/* The same of one checkpoint's bytes (options->checkpoint says nothing then). An .onnx that keeps
 * its weights in a file beside it is VIS_ERR_UNSUPPORTED. vis_model_info.path is the name. */
VIS_API vis_status vis_model_open_io(const vis_io *checkpoint, const vis_model_options *options,
                                     vis_model **out, vis_error *err);
VIS_API void vis_model_close(vis_model *model);
VIS_API void vis_model_get_info_sized(const vis_model *model, vis_model_info *info, size_t size);
static inline void vis_model_get_info(const vis_model *m, vis_model_info *info)
{
    vis_model_get_info_sized(m, info, sizeof *info);
}

/* Settles the audio mode of a checkpoint that cannot tell ("ave" or "hubert"). VIS_ERR_MISMATCH
 * when its shapes rule the mode out. */
VIS_API vis_status vis_model_set_audio_mode(vis_model *model, const char *audio_mode,
                                            vis_error *err);

/* Writes a checkpoint's network as an .onnx file (opset 17, float32, any batch), whole or not at
 * all. U-Nets: "input" [batch, 6, S, S], "audio" [batch, C, H, W] -> "output" [batch, 3, S, S]. AVE
 * encoder: "mel" [batch, 1, 80, 16] -> "features" [batch, 512]. VIS_ERR_USAGE for a model that is
 * ONNX already or whose audio mode is undecided. */
VIS_API vis_status vis_model_export(const vis_model *model, const char *path, vis_error *err);

/* ---- Sessions: tensors in, tensors out ---- */

typedef struct vis_session vis_session;

#define VIS_MAX_RANK 8
typedef struct vis_shape {
    int rank;
    int64_t dim[VIS_MAX_RANK];
} vis_shape;

/* A session for inputs of these shapes, in any order: they are matched to the model's by rank and
 * size. threads 0: one for each core. The model must outlive the session. */
VIS_API vis_status vis_session_create(const vis_model *model, const vis_shape *inputs, int n_inputs,
                                      int threads, vis_session **out, vis_error *err);
VIS_API void vis_session_close(vis_session *session);
VIS_API int vis_session_output_count(const vis_session *session);
VIS_API vis_shape vis_session_output_shape(const vis_session *session, int index);

/* One run: inputs in the order that vis_session_create was given; outputs are the caller's arrays
 * of the shapes above. Of a VIS_FAST model, the first run decides on its inputs which blocks are
 * run in 16 bits (vis_session_fast), and may fail with VIS_ERR_MEMORY or VIS_ERR_UNSUPPORTED
 * (weights that are not finite); every other run allocates nothing and is VIS_OK. */
VIS_API vis_status vis_session_run(vis_session *session, const float *const *inputs,
                                   float *const *outputs, vis_error *err);

/* What VIS_FAST came to on the session's first inputs; before its first run, and for float32
 * models, nothing is used. */
VIS_API vis_fast vis_session_fast(const vis_session *session);

/* ---- Features: what the network hears ---- */

typedef struct vis_features vis_features;
typedef struct vis_character vis_character; /* the footage, see below */

/* Rows from speech through an AVE encoder, computed as they are read. The encoder must outlive
 * them. */
VIS_API vis_status vis_features_open_audio(const char *path, const vis_model *encoder, int threads,
                                           const vis_log *log, vis_features **out, vis_error *err);
VIS_API vis_status vis_features_open_audio_io(const vis_io *recording, const vis_model *encoder,
                                              int threads, const vis_log *log, vis_features **out,
                                              vis_error *err);

/* Rows from a .npy or .bin file; `audio_mode` is what they must be, NULL for any. */
VIS_API vis_status vis_features_open_file(const char *path, const char *audio_mode,
                                          vis_features **out, vis_error *err);

/* Raw numbers, which nothing but a file's suffix tells, need a name that ends with .bin here too. */
VIS_API vis_status vis_features_open_file_io(const vis_io *features, const char *audio_mode,
                                             vis_features **out, vis_error *err);

/* What the user has to say with: either features, or audio and an audio encoder. Paths; NULL: not
 * given. */
typedef struct vis_speech {
    const char *audio, *audio_encoder, *features;
} vis_speech;

/* Opens the features for a U-Net from whatever the user gave, and settles an audio mode that the
 * checkpoint left open: by the shape of the features, or as ave where an audio encoder is given.
 * VIS_ERR_USAGE where something is missing; VIS_ERR_MISMATCH for features of another mode. */
VIS_API vis_status vis_features_open(vis_model *model, const vis_speech *speech, int threads,
                                     const vis_log *log, vis_features **out, vis_error *err);

/* The same for a character's own footage: where `speech` gives neither features nor audio, those
 * that came with the footage, of the mode that the checkpoint hears. */
VIS_API vis_status vis_features_open_own(vis_model *model, const vis_character *character,
                                         const vis_speech *speech, int threads, const vis_log *log,
                                         vis_features **out, vis_error *err);
VIS_API void vis_features_close(vis_features *features);
VIS_API const char *vis_features_mode(const vis_features *features); /* "ave", "hubert", "wenet" */
VIS_API int vis_features_row_size(const vis_features *features);

/* Rows in all; an estimate (*exact false) while speech has not been read to its end; -1 unknown. */
VIS_API int64_t vis_features_count(const vis_features *features, bool *exact);
VIS_API bool vis_features_silent(const vis_features *features); /* judged by what was read so far */
VIS_API vis_status vis_features_next(vis_features *features, float *row, bool *got, vis_error *err);

typedef struct vis_features_summary {
    int64_t mel_frames, rows;
    double seconds;
    bool silent;
} vis_features_summary;

/* A recording's feature rows [T + 2, 512] and mel spectrogram [M, 80] into .npy files; either path
 * may be NULL, and without features_path no encoder is needed. VIS_ERR_USAGE where one of them is
 * the recording or the encoder's own file. */
VIS_API vis_status vis_features_write_sized(const char *audio, const vis_model *encoder,
                                            int threads, const char *features_path,
                                            const char *mel_path, const vis_log *log,
                                            vis_progress_fn progress, void *user,
                                            vis_features_summary *summary, size_t size,
                                            vis_error *err);
static inline vis_status vis_features_write(const char *audio, const vis_model *encoder,
                                            int threads, const char *features_path,
                                            const char *mel_path, const vis_log *log,
                                            vis_progress_fn tell, void *user,
                                            vis_features_summary *summary, vis_error *err)
{
    return vis_features_write_sized(audio, encoder, threads, features_path, mel_path, log, tell,
                                    user, summary, sizeof *summary, err);
}

/* ---- Characters: the footage ---- */

typedef struct vis_character_options {
    size_t size;           /* of this structure, as the program knows it */
    int fps;               /* rate the footage must have; 0: 25; -1: any */
    bool resample_footage; /* take the nearest frame in time of footage of another rate */
    bool parsing;          /* keep the pixels that the parsing masks name */
    int threads;           /* that decode footage ahead; 0: a quarter of the processors */
    int smooth;          /* face squares that tremble become their mean over so many frames to both
                              sides, 100 at most, weighted by nearness; 0: as they are */
    int64_t cache_bytes; /* -1: 512 MiB, or a sixteenth of the memory that is free */
    vis_log log;
} vis_character_options;

typedef struct vis_character_info {
    const char *kind; /* "dataset", "package", "avatar" (LiveTalking's), or "crops": a package that
                         has only its crops */
    int frames, width, height;
    double fps; /* 0 where pictures do not say */
    /* Paths of what came with it, NULL for none: */
    const char *features_ave, *features_hubert, *features_wenet, *audio;
} vis_character_info;

VIS_API void vis_character_options_init(vis_character_options *options, size_t size);
static inline vis_character_options vis_character_options_defaults(void)
{
    vis_character_options options;
    vis_character_options_init(&options, sizeof options);
    return options;
}
VIS_API vis_status vis_character_open(const char *path, const vis_character_options *options,
                                      vis_character **out, vis_error *err);
VIS_API void vis_character_close(vis_character *character);
VIS_API void vis_character_get_info_sized(const vis_character *character, vis_character_info *info,
                                          size_t size);
static inline void vis_character_get_info(const vis_character *c, vis_character_info *info)
{
    vis_character_get_info_sized(c, info, sizeof *info);
}

/* ---- Streams: finished frames, one after the other ---- */

/* What streams share: the threads that paint, and for each pair of a model and a character the
 * compiled network and what is kept of the footage, however many streams use them. May be used by
 * any number of threads. Streams must be closed first. */
typedef struct vis_context vis_context;

typedef struct vis_context_options {
    size_t size; /* of this structure, as the program knows it */
    int threads; /* in all; 0: one for each core that this process may use */
    int workers; /* frames that are painted at once, for each of which the threads have equal parts;
                    0: as many as threads, 8 at most, which gives the most frames a second. 1: a
                    frame that is wanted is there soonest */
    int64_t cache_bytes; /* of each pair, for what the network keeps of footage frames that come
                            back; -1: 2 GiB or a quarter of the memory that is free, if that is
                            less */
} vis_context_options;

VIS_API void vis_context_options_init(vis_context_options *options, size_t size);
static inline vis_context_options vis_context_options_defaults(void)
{
    vis_context_options options;
    vis_context_options_init(&options, sizeof options);
    return options;
}
VIS_API vis_status vis_context_create(const vis_context_options *options, vis_context **out,
                                      vis_error *err);
VIS_API void vis_context_close(vis_context *context);

/* A cursor: where it is in the footage, what it hears, and the frames under way, which workers
 * paint ahead of who pulls. */
typedef struct vis_stream vis_stream;

typedef struct vis_stream_options {
    size_t size;       /* of this structure, as the program knows it */
    int64_t start;     /* first output frame = first row of the features that are heard first */
    int64_t frames;    /* how many at most; -1: as many as there are */
    int footage_start; /* the bounce runs over footage frames footage_start ... last */
    bool straight;     /* output frame i on footage frame i, back and forth beyond the last,
                          instead of the bounce that starts at 1 */
    vis_interpolation crop, paste;
    vis_composite composite;
    bool tensors;    /* frames carry `visual` and `output` */
    bool any_output; /* give frames whose output is no picture (NaN, or far outside [0, 1]),
                     for who looks at the numbers; else such a frame is VIS_ERR_MISMATCH */
    bool on_demand;  /* paint nothing ahead: only while somebody pulls, so that a frame's network_ms
                        is its own */
    bool no_rest; /* as in vis_render_options. Frames with tensors, and rows whose sound the stream
                        does not hear (of a file, or pushed), are painted as heard in any case */
    int depth;    /* frames that are painted ahead, at most; 0: 3 more than there are workers */
    int sound_seconds; /* of what is pushed may wait to be heard; 120 */
    vis_log log;
    int live; /* not 0: a face that is always there, whose mouth comes in over so many frames (1 to
                 16; 2 answer soon, 4 are gentler) and goes over as many, or 4: Whoever pulls is given
                 a frame, also where nothing is heard, where what is pushed comes too late, and behind
                 its end: the footage goes on, and the mouth comes to rest: painted silent
                 once an encoder was named, before as it was filmed. What is heard comes in that many
                 frames before its row 0, so that no lip jumps. From row 0 on frames are those of a
                 stream that is not live, on the same footage. `start` and `frames` must be left,
                 and there are no tensors; best with on_demand */
    int look_ahead; /* rows behind a frame's own that are heard before it is painted, the last of them
                       standing for the others of its window: sooner there; -1: all of its window.
                       Live streams lead in as soon as row 0 is there, so fewer than `live` gain nothing */
    const char *label; /* as in vis_render_options; not in `visual` and `output` */
} vis_stream_options;

VIS_API void vis_stream_options_init(vis_stream_options *options, size_t size);
static inline vis_stream_options vis_stream_options_defaults(void)
{
    vis_stream_options options;
    vis_stream_options_init(&options, sizeof options);
    return options;
}

/* The first stream of a model and a character compiles the network; the audio mode must be decided.
 * Costs hardly anything for every other. */
VIS_API vis_status vis_stream_create(vis_context *context, vis_model *model,
                                     vis_character *character, const vis_stream_options *options,
                                     vis_stream **out, vis_error *err);
VIS_API void vis_stream_close(vis_stream *stream); /* frames that were pulled stay */

/* What VIS_FAST came to on the character's first frame. */
VIS_API vis_fast vis_stream_fast(const vis_stream *stream);

/* What the stream hears is one of three, until vis_stream_reset:
 * features that were not read before, of a file or of speech, to their end; they stay the caller's,
 * must outlive what is heard of them, and are not to be read by others meanwhile; */
VIS_API vis_status vis_stream_hear(vis_stream *stream, vis_features *features, vis_error *err);

/* sound that is pushed, once an AVE encoder was named (which is compiled once, whoever names it):
 * samples [count, channels] in [-1, 1], channels 1 or 2, at 1,000 to 768,000 Hz, in pieces of any
 * size; rate and channels stay until the stream is reset. Frame i is there as soon as it can be:
 * the window of frame i looks some 0.45 s ahead. The frames are those that the whole sound in a
 * file would give. *taken (may be NULL): sample frames that were taken; VIS_AGAIN where fewer than
 * `count`, since sound_seconds of them wait; */
VIS_API vis_status vis_stream_listen(vis_stream *stream, vis_model *encoder, vis_error *err);
VIS_API vis_status vis_stream_push_pcm(vis_stream *stream, const float *samples, int64_t count,
                                       int rate, int channels, int64_t *taken, vis_error *err);

/* or rows [count, row_size] of features that the caller computes, which wait in the same way. */
VIS_API vis_status vis_stream_push_rows(vis_stream *stream, const float *rows, int64_t count,
                                        int64_t *taken, vis_error *err);

/* What was pushed is all: the frames whose windows reach beyond it follow, with silence there. */
VIS_API vis_status vis_stream_flush(vis_stream *stream, vis_error *err);

#define VIS_ROW_NONE INT64_MIN

/* One output frame. What it points at belongs to it, is only read, and lives until the last holder
 * releases it, whatever becomes of the stream. It is the library's, so fields that a later header
 * adds are there only from that vis_version_number() on. */
typedef struct vis_frame {
    int64_t index;  /* of the output frame: start, start + 1, ... */
    int64_t row;    /* of what is heard; live streams: -`live` ... -1 before its first, VIS_ROW_NONE
                              where nothing is */
    int footage;    /* number of the footage frame under it */
    int rect[4];    /* face box x1, y1, x2, y2 in pixels of the frame */
    int image_size; /* S */
    const float *visual;   /* [6, S, S], the network's input; NULL unless asked for */
    const float *audio;    /* the window, [C, H, W] of the model's audio input */
    const float *output;   /* [3, S, S], B G R in [0, 1]; NULL unless asked for */
    const uint8_t *pixels; /* the composited frame: BGR, 8 bit, [height, width, 3] with `stride`
                              bytes a row */
    int width, height, stride;
    double network_ms; /* wall clock of the network alone */
    double spoken;     /* 1: painted as heard; 0: the mouth is at rest; between: blended */
} vis_frame;

/* The next frame, the caller's to release; *frame is NULL behind the last one: the features have
 * ended, or what was pushed is flushed and painted. Waits up to `timeout_ms` for it; -1: as long as
 * one is under way. VIS_AGAIN: there is none yet, push more. VIS_ERR_CANCELLED; else what painting
 * says, then for ever. One thread may pull while others push, cancel, keep and release. */
VIS_API vis_status vis_stream_pull(vis_stream *stream, int timeout_ms, const vis_frame **frame,
                                   vis_error *err);

/* One more holds the frame; one less. Any thread; NULL is fine. */
VIS_API void vis_frame_keep(const vis_frame *frame);
VIS_API void vis_frame_release(const vis_frame *frame);

/* Interrupts: falls silent at once, forgets what it hears and the frames that were not pulled.
 * *position (may be NULL) is how far the frames go that were: in sample frames of the sound that
 * was pushed, else in rows. The footage goes on with the next frame. Takes back a cancellation too.
 * Not while others use the stream. */
VIS_API void vis_stream_reset(vis_stream *stream, int64_t *position);

/* When the next frame that is pulled is wanted, in microseconds of CLOCK_MONOTONIC: workers paint
 * what is due first, and what has no such time (0) before all. Any thread. */
VIS_API void vis_stream_set_due(vis_stream *stream, int64_t microseconds);

/* Leaves out the next `frames` of a live stream that hears nothing: the footage goes on behind them.
 * For who shows other pictures meanwhile. VIS_ERR_USAGE where it hears something, or is not live.
 * Not while others use the stream. */
VIS_API vis_status vis_stream_skip(vis_stream *stream, int64_t frames, vis_error *err);

/* Who pulls stops with VIS_ERR_CANCELLED, now and until vis_stream_reset. Any thread. */
VIS_API void vis_stream_cancel(vis_stream *stream);

/* ---- Marks: what a video says of how it was made ---- */

/* A mark is a claim. One that is found may have been written by anybody, but for what a trusted
 * signer vouches for; that none is found says nothing: marks are easily lost and removed. */
typedef enum vis_mark {
    VIS_MARK_NOT_FOUND,
    VIS_MARK_FOUND,       /* and nothing is wrong with it */
    VIS_MARK_BROKEN,      /* found, and something of it is wrong: it proves nothing */
    VIS_MARK_NOT_CHECKED, /* not looked for, or found and not checked to its end */
} vis_mark;

typedef enum vis_verdict {
    VIS_VERDICT_NO_MARK,      /* none is found: unknown, not genuine */
    VIS_VERDICT_MACHINE_MADE, /* a mark says so, and everything that is found is intact */
    VIS_VERDICT_BROKEN,       /* one is broken: the file was changed since, or the mark is forged */
    VIS_VERDICT_NOT_CHECKED,  /* one is there that this library cannot check to its end */
    VIS_VERDICT_OTHER,        /* an intact one that says of another origin, or nothing of it */
} vis_verdict;

typedef struct vis_verify_options {
    size_t size;               /* of this structure, as the program knows it */
    const char *trust_anchors; /* certificates in PEM of whom the user trusts; NULL: nobody is */
} vis_verify_options;

/* What was found in one video. */
typedef struct vis_verification vis_verification;

/* Texts are what the file says, made printable and cut to length, "" where it says nothing. */
typedef struct vis_verification_info {
    vis_verdict verdict;
    vis_mark metadata;  /* XMP and tags, which nobody signed */
    vis_mark c2pa;      /* content credentials: a C2PA manifest, in MP4 and MOV files */
    vis_mark watermark; /* VIS_MARK_NOT_CHECKED: this library looks for none */
    vis_mark label;     /* VIS_MARK_NOT_CHECKED: what can be seen a person has to look at */
    bool metadata_machine_made, c2pa_machine_made; /* it says so */
    const char *xmp_source_type,
        *xmp_tool;            /* the term of IPTC's list, as an address; the program */
    const char *xmp_manifest; /* where XMP says that a manifest lies; it is not fetched */
    const char *comment;      /* the comment tag, else the description */
    const char *aigc;         /* the mark of China's rules, JSON */
    const char *c2pa_state;   /* in C2PA's words, "Trusted", "Valid" (but nobody known vouches for
                                 the signer) or "Invalid"; "NotChecked", ours; "" where there is none */
    const char *c2pa_why;     /* of a state that no code explains, in words */
    const char *manifest, *title; /* its label and title */
    const char *generator;        /* the program that made the manifest */
    const char *signer, *issuer;  /* whom the certificate names, and who issued it. A name, unless
                                     c2pa_trusted, is only what the file says */
    const char *algorithm;        /* of the signature, "ES256" */
    bool c2pa_trusted;            /* the signer's certificate leads to `trust_anchors` */
    bool time_stamp;              /* there is one, which is not read */
    int codes, actions, ingredients; /* how many there are of those below */
} vis_verification_info;

typedef enum vis_code_kind {
    VIS_CODE_SUCCESS,
    VIS_CODE_INFORMATION,
    VIS_CODE_FAILURE,
    VIS_CODE_NOT_CHECKED, /* would have to be looked at to tell */
} vis_code_kind;

/* One result of checking the manifest. */
typedef struct vis_verification_code {
    vis_code_kind kind;
    const char *code;  /* C2PA's own, "assertion.bmffHash.match" */
    const char *where; /* which part of the manifest */
    const char *why;   /* in words; "" where the code says all */
} vis_verification_code;

/* What the manifest says was done. */
typedef struct vis_verification_action {
    const char *action;      /* "c2pa.created" */
    const char *source_type; /* the term of IPTC's list, as an address */
    const char *meaning;     /* of that term, in words; "": it is not known */
    const char *software, *when, *description;
} vis_verification_action;

/* What it says the video was made from. */
typedef struct vis_verification_ingredient {
    const char *title, *format, *relationship;
    vis_mark
        manifest; /* the ingredient's own, which the file carries along: its signature and what it
                          says were checked, but not the ingredient, which is not there */
    bool machine_made; /* which that manifest says */
} vis_verification_ingredient;

VIS_API void vis_verify_options_init(vis_verify_options *options, size_t size);
static inline vis_verify_options vis_verify_options_defaults(void)
{
    vis_verify_options options;
    vis_verify_options_init(&options, sizeof options);
    return options;
}

/* Reads a video's marks and checks them, as far as they can be: no address is ever asked. A broken
 * mark is no error but a verdict. VIS_ERR_OPEN, VIS_ERR_FORMAT, VIS_ERR_UNSUPPORTED: it is no video
 * that can be read, or the anchors cannot be. `options` may be NULL. */
VIS_API vis_status vis_verify(const char *path, const vis_verify_options *options,
                              vis_verification **out, vis_error *err);
VIS_API vis_status vis_verify_io(const vis_io *video, const vis_verify_options *options,
                                 vis_verification **out, vis_error *err);
VIS_API void vis_verification_close(vis_verification *verification);
VIS_API void vis_verification_get_info_sized(const vis_verification *verification,
                                             vis_verification_info *info, size_t size);
static inline void vis_verification_get_info(const vis_verification *v, vis_verification_info *info)
{
    vis_verification_get_info_sized(v, info, sizeof *info);
}

/* Those of an index from 0 on; false, and nothing filled, beyond the last. */
VIS_API bool vis_verification_get_code_sized(const vis_verification *verification, int index,
                                             vis_verification_code *code, size_t size);
VIS_API bool vis_verification_get_action_sized(const vis_verification *verification, int index,
                                               vis_verification_action *action, size_t size);
VIS_API bool vis_verification_get_ingredient_sized(const vis_verification *verification, int index,
                                                   vis_verification_ingredient *ingredient,
                                                   size_t size);
static inline bool vis_verification_get_code(const vis_verification *v, int index,
                                             vis_verification_code *code)
{
    return vis_verification_get_code_sized(v, index, code, sizeof *code);
}
static inline bool vis_verification_get_action(const vis_verification *v, int index,
                                               vis_verification_action *action)
{
    return vis_verification_get_action_sized(v, index, action, sizeof *action);
}
static inline bool vis_verification_get_ingredient(const vis_verification *v, int index,
                                                   vis_verification_ingredient *ingredient)
{
    return vis_verification_get_ingredient_sized(v, index, ingredient, sizeof *ingredient);
}

/* ---- Pictures and arrays, for programs that keep frames ---- */

/* Writes BGR pixels as a PNG file, whole or not at all. */
VIS_API vis_status vis_write_png(const char *path, const uint8_t *pixels, int width, int height,
                                 int stride, vis_error *err);
VIS_API vis_status vis_write_png_io(const vis_io *picture, const uint8_t *pixels, int width,
                                    int height, int stride, vis_error *err);

#ifdef __cplusplus
}
#endif
#endif
