/* model/foreign_model.c - the remedies for each kind of file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "model/foreign_model.h"

#include "base/file_kind.h"

#define GIVE_SOURCE "give the .pth or .onnx that it was made from"

/* Networks of other programs: how to get at a file that is read. */
static const char *network_remedy(file_kind kind)
{
    switch (kind) {
    case FILE_SAFETENSORS:
        return "convert it: python3 -c \"import torch, safetensors.torch as s; "
               "torch.save(s.load_file('FILE'), 'FILE.pth')\"";
    case FILE_PICKLE:
        return "not one of torch.save: save the weights with "
               "torch.save(model.state_dict(), 'FILE.pth')";
    case FILE_HDF5:
    case FILE_NCNN_PARAM:
    case FILE_TENSORRT:
    case FILE_TFLITE:
    case FILE_ORT:
    case FILE_OPENVINO:
    case FILE_GGUF:
        return GIVE_SOURCE;
    default:
        return NULL;
    }
}

vis_status foreign_model_refuse(const uint8_t *data, size_t size, const char *path, vis_error *err)
{
    file_kind kind = file_kind_of(data, size);
    const char *remedy = network_remedy(kind);
    if (remedy)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: is %s; %s", path, file_kind_name(kind),
                        remedy);
    if (file_kind_remedy(kind)) return file_kind_refuse(kind, path, err);
    if (kind != FILE_UNKNOWN)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: is %s, not a model; give a PyTorch checkpoint (.pth) or an ONNX file",
                        path, file_kind_name(kind));
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: neither a PyTorch checkpoint (.pth) nor ONNX (the weights of ncnn, "
                    "OpenVINO and others have no mark of their own: give the .pth or .onnx that "
                    "they were made from)",
                    path);
}
