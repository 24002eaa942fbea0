/* model/model.h - opens what users have and says what it is.
 *
 * Facts of the family are in docs/model-family.md. A model is a graph plus what was recognised.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/log.h"
#include "model/graph.h"

#define MODEL_MAX_FILE                                                                             \
    ((size_t)2 << 30) /* bytes; protobuf's own limit, and far beyond any checkpoint */

typedef enum model_kind {
    MODEL_UNET_328,    /* 320x320 in and out, five levels */
    MODEL_UNET_160,    /* 160x160 in and out, four levels */
    MODEL_AVE_ENCODER, /* [N, 1, 80, 16] mel -> [N, 512] */
    MODEL_OTHER,       /* an ONNX graph of no known family: infer runs it, render refuses it */
} model_kind;

typedef enum audio_mode {
    AUDIO_NONE,          /* no audio input (encoder, other) */
    AUDIO_AVE,           /* feature rows of 512 */
    AUDIO_HUBERT,        /* feature rows of 2 x 1024 */
    AUDIO_WENET,         /* feature rows of 16 x 512 */
    AUDIO_AVE_OR_HUBERT, /* a .pth cannot tell: conv3's stride is not in it */
} audio_mode;

typedef struct model_info {
    model_kind kind;
    audio_mode mode;
    char format[16];        /* "pth", "pth (legacy)", "onnx" */
    char weights_dtype[16]; /* of the stored weights: "float32", "float16", "mixed", ... */
    char container[64];     /* nested key ("state_dict", ...), "" when plain */
    char prefix[64];        /* stripped key prefix ("module."), "" when none */
    int image_size;         /* S: 320 or 160; 0 for others */
    int width[5];           /* c0..c4; the 160 model uses all five as well; 0 for others */
    bool fork;              /* an ONNX file whose audio channels are no known mode's, and whose mode
                               was not given */
    int audio_shape[3];     /* C, H, W of the audio input; zeros while the mode is undecided */
    int window_rows;        /* feature rows in a window; half-width is window_rows / 2 */
    int row_size;           /* numbers per feature row: 512, 2048, 8192 */
    int default_fps;        /* 25; wenet 20 */
    int64_t parameters;     /* learnable numbers (running statistics not counted) */
    int64_t macs;           /* of one frame; 0 while undecided */
    int batch;              /* fixed batch of an ONNX file, -1 when dynamic or free */
    int visual_input, audio_input; /* positions among the graph's inputs; -1 */
    char sha256[65];               /* of the file */
    char path[1024];               /* the file that was opened (inside a folder, the one chosen) */
    bool unfiled;                  /* there is no file: `path` is but what messages call it */
} model_info;

typedef struct model_options {
    audio_mode mode;    /* AUDIO_NONE: not given. Decides ave against hubert for a .pth */
    int checkpoint;     /* for a folder of N.pth: which N; -1 the highest */
    const vis_log *log; /* odd keys and the like; may be NULL */
} model_options;

typedef struct model {
    model_info info;
    graph *net; /* NULL while the audio mode is undecided, see model_decide, and once dropped */
    struct state_dict *weights; /* kept while undecided, else NULL; owned */
    bool fast;                  /* its U-Net is to run in the fast precision (nn_options.fast) */
} model;

/* Opens a .pth, a .onnx (told apart by content, not by name) or a folder of N.pth. */
vis_status model_open(const char *path, const model_options *options, model **out, vis_error *err);

/* The same of the bytes of a file, which are read before this returns; `name` is what messages call
 * them. Weights beside an .onnx cannot be had: VIS_ERR_UNSUPPORTED. */
vis_status model_open_bytes(const char *name, const uint8_t *data, size_t size,
                            const model_options *options, model **out, vis_error *err);
void model_close(model *m);

/* Releases the graph and its weights, for who has compiled it and needs but `info` from then on. */
void model_drop_net(model *m);

/* Settles ave against hubert after opening, once features or an encoder show which it is; builds
 * the graph. A mode that the shapes rule out is VIS_ERR_MISMATCH. Fine to repeat with the same
 * mode. */
vis_status model_decide(model *m, audio_mode mode, vis_error *err);

/* VIS_OK for a U-Net that can be fed: its audio mode decided, its windows whole feature rows. Else
 * VIS_ERR_MISMATCH or VIS_ERR_USAGE, which say what to do. */
vis_status model_require_unet(const model *m, vis_error *err);

/* The graph's inputs that a footage frame settles, whatever is heard on it, as a mask (bit i: input
 * i): what nn_options.keep wants. Always given, so that a network's numbers are the same wherever
 * it runs. 0 for other models than U-Nets. */
uint32_t model_footage_inputs(const model *m);

const char *model_kind_name(model_kind kind); /* "328 U-Net", ... */
const char *
audio_mode_name(audio_mode mode); /* "ave", "hubert", "wenet", "ave or hubert", "none" */
vis_status audio_mode_parse(const char *text, audio_mode *mode, vis_error *err);

#endif
