/* diagnose/inspect_failed_open.c - why a file would not open as a model.
 *
 * The status of the error tells damage from files of another kind. Where the weights do not belong
 * together, the file is read once more to see whose weights they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/memory.h"
#include "diagnose/inspect_checkpoint.h"
#include "inside/weights_owner.h"
#include "measure/option_names.h"

#include <stdio.h>
#include <stdlib.h>

static vis_status add(findings *list, finding f, const vis_error *why, vis_error *err)
{
    f.stage = FINDING_CHECKPOINT;
    f.threshold = 1;
    f.severity = CHECKPOINT_RUINED + f.number;
    f.text = text_format("%s.", why->message);
    if (f.text) option_names_translate(f.text);
    return findings_add(list, f, err);
}

static vis_status add_wrong_kind(const vis_error *why, findings *list, vis_error *err)
{
    finding f = {.code = "wrong-kind", .number = 1, .unit = "file"};
    f.title = text_format("This is not a lip-sync model");
    f.advice =
        text_format("Give the checkpoint of the U-Net as --model: the .pth that its training "
                    "wrote with torch.save(model.state_dict(), ...), or an ONNX file exported "
                    "from that.");
    return add(list, f, why, err);
}

static vis_status add_damaged(const vis_error *why, findings *list, vis_error *err)
{
    finding f = {.code = "damaged-checkpoint", .number = 1, .unit = "file"};
    f.title = text_format("The file is damaged, or no checkpoint");
    f.advice =
        text_format("Copy or download it again and compare its size and checksum with the "
                    "original; if the original is cut short as well, the disk was full or the "
                    "training was stopped while it was written: take the checkpoint before it.");
    return add(list, f, why, err);
}

static vis_status add_keys(const weights_owner *o, const vis_error *why, findings *list,
                           vis_error *err)
{
    finding f = {.code = "missing-keys", .number = o->missing > 0 ? o->missing : 1, .unit = "keys"};
    f.title = o->missing ? text_format("%d weights of the model are missing", o->missing)
                         : text_format("The weights are not those of this kind of model");
    f.advice = text_format(
        "The network was changed before training, or only part of it was saved. Save the "
        "whole model.state_dict() of an unchanged U-Net; a changed one runs as ONNX.");
    return add(list, f, why, err);
}

/* Weights that do not belong together: a U-Net's in disorder, or another network's? */
static vis_status add_mismatch(const char *path, const vis_error *why, findings *list,
                               vis_error *err)
{
    weights_owner o;
    VIS_TRY(weights_owner_find(path, &o, err));
    if (o.pth && !o.unet) return add_wrong_kind(why, list, err);
    if (o.pth && !o.fits) return add_keys(&o, why, list, err);
    return vis_fail(err, why->status, "%s", why->message); /* the file is sound */
}

vis_status inspect_failed_open(const char *path, const vis_error *why, findings *list,
                               vis_error *err)
{
    switch (why->status) {
    case VIS_ERR_FORMAT:
        return add_damaged(why, list, err);
    case VIS_ERR_UNSUPPORTED:
    case VIS_ERR_LIMIT:
        return add_wrong_kind(why, list, err);
    case VIS_ERR_MISMATCH:
        return add_mismatch(path, why, list, err);
    default:
        return vis_fail(err, why->status, "%s", why->message);
    }
}
