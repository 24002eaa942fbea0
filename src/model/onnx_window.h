/* model/onnx_window.h - Conv, the pools, Resize and Upsample of opset 7 to today, as our one form.
 *
 * Converters for the table in model/onnx_operators.c; source of the rules as there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_ONNX_WINDOW_H
#define MODEL_ONNX_WINDOW_H

#include "model/onnx_node.h"

vis_status onnx_convert_conv(onnx_node *n);
vis_status onnx_convert_max_pool(onnx_node *n);
vis_status onnx_convert_average_pool(onnx_node *n);
vis_status onnx_convert_resize(onnx_node *n);
vis_status onnx_convert_upsample(onnx_node *n);

#endif
