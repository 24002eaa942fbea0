/* tests/faults/inputs.h - the smallest things that every command has work with.
 *
 * In the folder of small_character.h: the character itself (five PNG frames, features of twelve
 * rows). In inputs/ in it: model.pth, a U-Net for pictures of 160 with widths of 2, as a zip
 * archive; model.onnx, its export; shallow.onnx, as little of a network as is one; encoder.pth, an
 * AVE encoder with a width of 1, in the older stream; speech.wav, half a second; package/, two
 * frames as a video with rectangles; raw/, the network's inputs of a frame; visual.npy and
 * audio.npy, the same as arrays; pictures/, frames that were painted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_FAULTS_INPUTS_H
#define TESTS_FAULTS_INPUTS_H

/* cmocka's group fixture; `viseme` runs the program with these words, which end with NULL. */
int inputs_make(int (*viseme)(char **words));
int inputs_remove(void);

/* The folder of the character, without a slash at the end. */
const char *inputs_folder(void);

#endif
