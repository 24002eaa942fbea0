/* tests/faults/checkpoints.h - networks so narrow that they load and run in milliseconds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_FAULTS_CHECKPOINTS_H
#define TESTS_FAULTS_CHECKPOINTS_H

/* A U-Net for pictures of 160, two channels in each layer, as a zip archive. */
void checkpoint_unet(const char *path);

/* A network with the inputs and outputs of a U-Net for 160, but one chain without skips: loading it
 * and painting a frame with it takes a twentieth of the requests. ONNX. */
void checkpoint_shallow(const char *path);

/* An AVE encoder, one channel in each layer but the last, in the older stream. */
void checkpoint_encoder(const char *path);

#endif
