/* diagnose/inspect_checkpoint.c - the kind of a network, and its weights, looked at one by one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/inspect_checkpoint.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Share of batch norm layers with PyTorch's initial statistics. A single batch of training changes
 * every one of them, so sound checkpoints have none; files that lost them have nothing else. */
#define UNTRAINED_SHARE 0.1
#define UNTRAINED_VARIANCE 1e-6 /* how near to 1 */

/* Share of a layer's channels that are zero. The smallest weight of a channel in the demo's
 * checkpoints is a tenth of the largest; a network that was pruned on purpose is seldom pruned
 * beyond half a layer. */
#define DEAD_WEIGHTS_SHARE 0.5
#define ZERO_RELATIVE 1e-6f /* of the layer's largest weight */
#define ZERO_ABSOLUTE 1e-8f /* nothing against batch norm's epsilon */

/* Names of layers for a sentence: the first three, and "..." for the rest. */
typedef struct name_list {
    int count;
    char text[320];
} name_list;

static void name_add(name_list *names, const char *name)
{
    size_t used = strlen(names->text);
    if (names->count < 3)
        snprintf(names->text + used, sizeof names->text - used, "%s%.90s", names->count ? ", " : "",
                 name);
    else if (names->count == 3)
        snprintf(names->text + used, sizeof names->text - used, ", ...");
    names->count++;
}

/* Input k of a node where it is a float constant, else NULL. */
static const tensor *weight_of(const graph *g, const graph_node *node, int k)
{
    if (k >= node->n_inputs || node->input[k] == GRAPH_NONE) return NULL;
    const tensor *t = g->value[node->input[k]].constant;
    return t && t->dtype == TENSOR_F32 && tensor_count(t) > 0 ? t : NULL;
}

static bool has_weights(const graph_node *node)
{
    switch (node->op) {
    case OP_CONV:
    case OP_BATCH_NORM:
    case OP_PRELU:
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
        return true;
    default:
        return false;
    }
}

/* Numbers of a weight that no arithmetic survives. */
static int64_t count_broken(const graph_node *node, int k, const tensor *t)
{
    int64_t broken = 0, count = tensor_count(t);
    const float *v = tensor_f32(t);
    bool variance = node->op == OP_BATCH_NORM && k == 4;
    for (int64_t i = 0; i < count; i++)
        broken += !isfinite(v[i]) || (variance && v[i] + node->attr.batch_norm.epsilon <= 0);
    return broken;
}

static vis_status find_broken(const graph *g, findings *list, vis_error *err)
{
    int64_t broken = 0;
    name_list names = {0};
    for (int i = 0; i < g->n_nodes; i++) {
        const graph_node *node = &g->node[i];
        for (int k = 0; has_weights(node) && k < node->n_inputs; k++) {
            const tensor *t = weight_of(g, node, k);
            int64_t here = t ? count_broken(node, k, t) : 0;
            if (here) name_add(&names, g->value[node->input[k]].name);
            broken += here;
        }
    }
    if (!broken) return VIS_OK;
    finding f = {.code = "not-finite",
                 .stage = FINDING_CHECKPOINT,
                 .number = (double)broken,
                 .threshold = 1,
                 .unit = "weights",
                 .severity = CHECKPOINT_RUINED + (double)broken};
    f.title = text_format("The checkpoint holds numbers that are not numbers");
    f.text = text_format("%lld weights in %d tensors are NaN, infinite or a negative variance: %s. "
                         "One of them is enough to turn the face black, white or to noise.",
                         (long long)broken, names.count, names.text);
    f.advice =
        text_format("Training diverged, or the file was spoilt on its way (by a conversion to "
                    "float16, for one). Go back to the last checkpoint without such numbers, "
                    "and train on from it with a lower learning rate.");
    return findings_add(list, f, err);
}

static bool all_near(const tensor *t, float value, float tolerance)
{
    const float *v = tensor_f32(t);
    int64_t count = tensor_count(t);
    for (int64_t i = 0; i < count; i++)
        if (!(fabsf(v[i] - value) <= tolerance)) return false;
    return true;
}

static vis_status find_untrained(const graph *g, findings *list, vis_error *err)
{
    int layers = 0;
    name_list names = {0};
    for (int i = 0; i < g->n_nodes; i++) {
        const graph_node *node = &g->node[i];
        if (node->op != OP_BATCH_NORM) continue;
        const tensor *mean = weight_of(g, node, 3), *variance = weight_of(g, node, 4);
        if (!mean || !variance) continue;
        layers++;
        if (all_near(mean, 0, 0) && all_near(variance, 1, (float)UNTRAINED_VARIANCE))
            name_add(&names, node->name);
    }
    double share = layers ? (double)names.count / layers : 0;
    if (share < UNTRAINED_SHARE) return VIS_OK;
    finding f = {.code = "untrained-batch-norm",
                 .stage = FINDING_CHECKPOINT,
                 .number = 100 * share,
                 .threshold = 100 * UNTRAINED_SHARE,
                 .unit = "% of layers",
                 .severity = share / UNTRAINED_SHARE};
    f.title = text_format("The batch norm statistics were never updated");
    f.text =
        text_format("%d of %d batch norm layers still have the running mean 0 and variance 1 that "
                    "PyTorch begins with: %s. The colours and contrasts that the network was "
                    "trained with are not in the file.",
                    names.count, layers, names.text);
    f.advice =
        text_format("The running statistics were lost when the file was saved or converted, or "
                    "the model was never trained. Save model.state_dict() with its buffers "
                    "(running_mean, running_var) after training in train mode, or run some "
                    "batches of footage through the model in train mode before saving.");
    return findings_add(list, f, err);
}

/* Share of a layer's output channels with nothing but zeros; `t` is [channels, ...]. */
static double zero_share(const tensor *t)
{
    const float *v = tensor_f32(t);
    int64_t channels = t->dim[0], each = tensor_count(t) / channels, zero = 0;
    float largest = 0;
    for (int64_t i = 0; i < channels * each; i++)
        largest = fmaxf(largest, fabsf(v[i]));
    float limit = fmaxf(ZERO_ABSOLUTE, ZERO_RELATIVE * largest);
    for (int64_t c = 0; c < channels; c++) {
        bool dead = true;
        for (int64_t i = c * each; dead && i < (c + 1) * each; i++)
            dead = fabsf(v[i]) <= limit; /* false for NaN, which is a finding of its own */
        zero += dead;
    }
    return (double)zero / (double)channels;
}

static vis_status find_dead(const graph *g, findings *list, vis_error *err)
{
    double worst = 0, severity = 0;
    name_list names = {0};
    for (int i = 0; i < g->n_nodes; i++) {
        const graph_node *node = &g->node[i];
        if (node->op != OP_CONV && node->op != OP_BATCH_NORM) continue;
        const tensor *t = weight_of(g, node, 1);
        double share = t && t->rank > 0 ? zero_share(t) : 0;
        if (share < DEAD_WEIGHTS_SHARE) continue;
        name_add(&names, node->name);
        worst = fmax(worst, share);
        severity += share / DEAD_WEIGHTS_SHARE;
    }
    if (!names.count) return VIS_OK;
    finding f = {.code = "dead-weights",
                 .stage = FINDING_CHECKPOINT,
                 .number = 100 * worst,
                 .threshold = 100 * DEAD_WEIGHTS_SHARE,
                 .unit = "% of a layer's channels",
                 .severity = severity};
    f.title = text_format("%d layer%s of the network %s empty", names.count,
                          names.count == 1 ? "" : "s", names.count == 1 ? "is" : "are");
    f.text =
        text_format("In %s up to %.0f %% of the channels have only zeros for weights: whatever "
                    "these layers should pass on does not reach the picture.",
                    names.text, 100 * worst);
    f.advice =
        text_format("Weights were lost in a conversion, pruned too far or never trained. Go back "
                    "to the checkpoint as the training saved it.");
    return findings_add(list, f, err);
}

static vis_status find_wrong_kind(const model *m, findings *list, vis_error *err)
{
    finding f = {.code = "wrong-kind",
                 .stage = FINDING_CHECKPOINT,
                 .number = 1,
                 .threshold = 1,
                 .unit = "file",
                 .severity = CHECKPOINT_RUINED};
    f.title = text_format("This is not a lip-sync model");
    f.text = text_format("%s is an %s, not a U-Net that paints faces.", m->info.path,
                         m->info.kind == MODEL_AVE_ENCODER ? "AVE audio encoder"
                                                           : "ONNX network of another kind");
    f.advice = m->info.kind == MODEL_AVE_ENCODER
                   ? text_format("Give it as --audio-encoder, and the checkpoint of the U-Net as "
                                 "--model.")
                   : text_format("Give the checkpoint of the U-Net as --model: the .pth that its "
                                 "training wrote, or an ONNX file exported from that.");
    return findings_add(list, f, err);
}

vis_status inspect_checkpoint(const model *m, findings *list, vis_error *err)
{
    if (m->info.kind != MODEL_UNET_328 && m->info.kind != MODEL_UNET_160)
        return find_wrong_kind(m, list, err);
    VIS_TRY(model_require_unet(m, err));
    VIS_TRY(find_broken(m->net, list, err));
    VIS_TRY(find_untrained(m->net, list, err));
    return find_dead(m->net, list, err);
}
