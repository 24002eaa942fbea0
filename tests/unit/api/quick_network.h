/* tests/unit/api/quick_network.h - a network of the 160 family's form that paints in no time and
 * hears all 16 rows of its window.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_API_QUICK_NETWORK_H
#define TEST_API_QUICK_NETWORK_H

/* As ONNX, for ave features of the stand-in encoder's size. */
void quick_network_write(const char *path);

#endif
