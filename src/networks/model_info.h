/* networks/model_info.h - a model: a graph, and what was recognised.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NETWORKS_MODEL_INFO_H
#define NETWORKS_MODEL_INFO_H

#include "base/log.h"
#include "graph/graph.h"

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

const char *model_kind_name(model_kind kind); /* "328 U-Net", ... */
const char *
audio_mode_name(audio_mode mode); /* "ave", "hubert", "wenet", "ave or hubert", "none" */
vis_status audio_mode_parse(const char *text, audio_mode *mode, vis_error *err);

#endif
