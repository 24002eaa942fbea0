/* paint/contract.c - the mistakes of the field, as a table.
 * SPDX-License-Identifier: Apache-2.0 */
#include "paint/contract.h"

#include <stdio.h>
#include <string.h>

#define FEED_RGB                                                                                   \
    "convert between RGB and BGR where pictures enter and leave; every tool of this family works " \
    "in OpenCV's BGR"
#define FEED_RANGE "divide pixels by 255 and nothing else; the output times 255 is the picture"
#define FEED_WINDOW                                                                                \
    "cut the window features[i - h : i + h] around each frame, zeros outside the clip, and "       \
    "reshape "                                                                                     \
    "it row by row"

static const deviation table[] = {
    {"channel-order",
     "RGB instead of BGR, in and out",
     FEED_RGB,
     2,
     {{AXIS_ORDER_IN, ORDER_RGB}, {AXIS_ORDER_OUT, ORDER_RGB}}},
    {"channel-order-in",
     "RGB instead of BGR into the network",
     FEED_RGB,
     1,
     {{AXIS_ORDER_IN, ORDER_RGB}}},
    {"channel-order-out", "output taken for RGB", FEED_RGB, 1, {{AXIS_ORDER_OUT, ORDER_RGB}}},
    {"pixel-range",
     "pixels in [-1, 1], in and out",
     FEED_RANGE,
     2,
     {{AXIS_RANGE_IN, RANGE_SIGNED}, {AXIS_RANGE_OUT, RANGE_SIGNED}}},
    {"pixel-range-in",
     "pixels in [-1, 1] into the network",
     FEED_RANGE,
     1,
     {{AXIS_RANGE_IN, RANGE_SIGNED}}},
    {"pixel-range-bytes",
     "pixels in [0, 255] into the network",
     FEED_RANGE,
     1,
     {{AXIS_RANGE_IN, RANGE_BYTES}}},
    {"output-decoding",
     "output decoded as (x + 1) x 127.5",
     FEED_RANGE,
     1,
     {{AXIS_RANGE_OUT, RANGE_SIGNED}}},
    {"audio-tiled",
     "one feature row repeated instead of a window",
     FEED_WINDOW,
     1,
     {{AXIS_WINDOW, WINDOW_TILED}}},
    {"audio-zero",
     "silence (zeros) instead of features",
     "check that the features reach the network: the window of every frame must differ",
     1,
     {{AXIS_WINDOW, WINDOW_ZERO}}},
    {"crop-linear",
     "crop resized with bilinear interpolation",
     "give --crop-resize linear, as this checkpoint was trained",
     1,
     {{AXIS_CROP, RESIZE_AS_LINEAR}}},
    {"crop-cubic",
     "crop resized with cubic interpolation",
     "give --crop-resize cubic, as this checkpoint was trained",
     1,
     {{AXIS_CROP, RESIZE_AS_CUBIC}}},
    {"crop-area",
     "crop resized with area interpolation",
     "give --crop-resize area, as this checkpoint was trained",
     1,
     {{AXIS_CROP, RESIZE_AS_AREA}}},
    {"no-rim",
     "the whole square as the face, in and out",
     "resize the square to 328 (168) and take the inner 320 (160); put the output back there",
     2,
     {{AXIS_PLACE_IN, PLACE_WHOLE}, {AXIS_PLACE_OUT, PLACE_WHOLE}}},
    {"no-rim-in",
     "the whole square into the network, the output into the inner part",
     "resize the square to 328 (168) and take the inner 320 (160)",
     1,
     {{AXIS_PLACE_IN, PLACE_WHOLE}}},
    {"output-stretched",
     "output stretched over the whole crop",
     "put the output into the inner [4 : 324] ([4 : 164]) of the crop, keep the rim, then resize "
     "the crop to the square",
     1,
     {{AXIS_PLACE_OUT, PLACE_WHOLE}}},
    {"mask-none",
     "mouth not painted black",
     "paint the mouth rectangle black in channels 3 to 5 (5, 5, 310, 305 for 320 pixels)",
     1,
     {{AXIS_MASK, MASK_NONE}}},
    {"mask-all",
     "the whole face painted black",
     "paint only the mouth rectangle black (5, 5, 310, 305 for 320 pixels)",
     1,
     {{AXIS_MASK, MASK_ALL}}},
    {"mask-lower",
     "the lower half painted black, edge to edge",
     "paint the mouth rectangle black (5, 5, 310, 305 for 320 pixels)",
     1,
     {{AXIS_MASK, MASK_LOWER}}},
    {"reference-other",
     "another frame as reference",
     "use the current frame as its own reference",
     1,
     {{AXIS_REFERENCE, REFERENCE_OTHER}}},
    {"paste-nearest",
     "pasted back with nearest-neighbour interpolation",
     "paste back with cubic (160: bilinear) interpolation",
     1,
     {{AXIS_PASTE, RESIZE_AS_NEAREST}}},
    {"paste-linear",
     "pasted back with bilinear interpolation",
     "paste back with cubic (160: bilinear) interpolation",
     1,
     {{AXIS_PASTE, RESIZE_AS_LINEAR}}},
    {"paste-cubic",
     "pasted back with cubic interpolation",
     "paste back with cubic (160: bilinear) interpolation",
     1,
     {{AXIS_PASTE, RESIZE_AS_CUBIC}}},
    {"paste-area",
     "pasted back with area interpolation",
     "paste back with cubic (160: bilinear) interpolation",
     1,
     {{AXIS_PASTE, RESIZE_AS_AREA}}},
};

const deviation *deviations_all(int *count)
{
    *count = (int)(sizeof table / sizeof *table);
    return table;
}

contract contract_with(contract base, const deviation *d)
{
    for (int i = 0; i < d->count; i++)
        base.choice[d->set[i].axis] = d->set[i].choice;
    return base;
}

bool contract_equal(const contract *a, const contract *b)
{
    return memcmp(a->choice, b->choice, sizeof a->choice) == 0;
}

bool contract_same_input(const contract *a, const contract *b)
{
    return memcmp(a->choice, b->choice, AXIS_INPUTS * sizeof a->choice[0]) == 0;
}

bool contract_same_picture(const contract *a, const contract *b)
{
    return memcmp(a->choice, b->choice, AXIS_SEEN * sizeof a->choice[0]) == 0;
}

/* Does `d` say something of `c` that is not said yet? Then its axes count as said. */
static bool tells(const deviation *d, const contract *c, bool *said)
{
    bool news = false;
    for (int i = 0; i < d->count; i++) {
        if (c->choice[d->set[i].axis] != d->set[i].choice) return false;
        news = news || !said[d->set[i].axis];
    }
    for (int i = 0; news && i < d->count; i++)
        said[d->set[i].axis] = true;
    return news;
}

static void append(char *text, size_t size, const char *words)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? "; " : "", words);
}

char *contract_words(const contract *c, char *text, size_t size)
{
    bool said[AXIS_COUNT] = {false};
    text[0] = '\0';
    /* The table names joint deviations before single ones. */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (tells(&table[i], c, said)) append(text, size, table[i].words);
    char shift[64];
    int rows = c->choice[AXIS_SHIFT];
    snprintf(shift, sizeof shift, "audio %d frame%s %s", rows < 0 ? -rows : rows,
             rows == 1 || rows == -1 ? "" : "s", rows > 0 ? "later" : "earlier");
    if (rows) append(text, size, shift);
    if (!text[0]) snprintf(text, size, "as declared");
    return text;
}
