/* formats/onnx_operators.h - each ONNX operator in its forms of opset 7 to today, as our one form.
 *
 * Source of every rule: the operator changelog, https://onnx.ai/onnx/operators/.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_ONNX_OPERATORS_H
#define FORMATS_ONNX_OPERATORS_H

#include "formats/onnx_node.h"

/* Fills n->op and n->attr, and turns attributes into inputs where newer opsets have inputs.
 * VIS_ERR_UNSUPPORTED with the node's name and operator for whatever viseme does not run. */
vis_status onnx_convert(onnx_node *n);

/* onnx_window.c: the converters of operators that slide a window, and of those that resize. */
vis_status onnx_convert_conv(onnx_node *n);
vis_status onnx_convert_max_pool(onnx_node *n);
vis_status onnx_convert_average_pool(onnx_node *n);
vis_status onnx_convert_resize(onnx_node *n);
vis_status onnx_convert_upsample(onnx_node *n);

#endif
