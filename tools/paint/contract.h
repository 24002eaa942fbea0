/* paint/contract.h - how a network is fed and how its answer is put back, as a set of choices.
 *
 * The declared contract is the family's (docs/model-family.md); a deviation is what programs of
 * this field get wrong, or what a checkpoint trained elsewhere may want. Choice 0 of every axis is
 * the declared one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAINT_CONTRACT_H
#define PAINT_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum contract_axis {
    AXIS_ORDER_IN,  /* channels of both faces */
    AXIS_RANGE_IN,  /* of their values */
    AXIS_CROP,      /* interpolation, square -> crop */
    AXIS_PLACE_IN,  /* which part of the square the network sees */
    AXIS_MASK,      /* what is painted black */
    AXIS_REFERENCE, /* which frame the unmasked face comes from */
    AXIS_WINDOW,    /* what it hears */
    AXIS_SHIFT,     /* rows by which the window lies later than the frame; any whole number */
    AXIS_ORDER_OUT, /* from here on axes that the network does not see */
    AXIS_RANGE_OUT,
    AXIS_PLACE_OUT, /* where the output is put */
    AXIS_PASTE,     /* interpolation, crop -> square */
    AXIS_COUNT
} contract_axis;
#define AXIS_SEEN AXIS_WINDOW      /* axes before this one change the picture it sees */
#define AXIS_INPUTS AXIS_ORDER_OUT /* axes before this one change what the network sees */

enum { ORDER_BGR, ORDER_RGB };
enum { RANGE_UNIT, RANGE_SIGNED, RANGE_BYTES }; /* [0, 1]; [-1, 1]; [0, 255] */
enum { PLACE_INSET, PLACE_WHOLE };              /* inner [4 : 4 + S] of the crop; all of it */
enum { MASK_FAMILY, MASK_NONE, MASK_ALL, MASK_LOWER }; /* LOWER: the lower half, edge to edge */
enum { REFERENCE_OWN, REFERENCE_OTHER };               /* OTHER: half the footage away */
enum { WINDOW_CENTRED, WINDOW_TILED, WINDOW_ZERO };    /* TILED: the frame's own row repeated */
enum { RESIZE_FAMILY, RESIZE_AS_LINEAR, RESIZE_AS_CUBIC, RESIZE_AS_AREA, RESIZE_AS_NEAREST };

typedef struct contract {
    int choice[AXIS_COUNT];
} contract;

/* One mistake, or one habit of another training: some axes set together. */
typedef struct deviation {
    const char *code;   /* "channel-order" */
    const char *words;  /* "RGB instead of BGR, in and out" */
    const char *advice; /* what to do when this is what the checkpoint (the program) has */
    int count;
    struct {
        contract_axis axis;
        int choice;
    } set[2];
} deviation;

/* All deviations but the shifts in time, which have no end; *count of them, static. */
const deviation *deviations_all(int *count);

/* `base` with the deviation's choices. */
contract contract_with(contract base, const deviation *d);

bool contract_equal(const contract *a, const contract *b);

/* Does the network see and hear the same under both? See the same picture? */
bool contract_same_input(const contract *a, const contract *b);
bool contract_same_picture(const contract *a, const contract *b);

/* "as declared", or the deviations joined with "; ", into `text`; returns `text`. */
char *contract_words(const contract *c, char *text, size_t size);

#endif
