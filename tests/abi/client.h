/* tests/abi/client.h - what both clients work on: a drawn character, a narrow checkpoint, and
 * structures with a guard behind them. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_H
#define CLIENT_H

#include "../unit/api/small_character.h"
#include "viseme/viseme.h"

#define GUARD 96 /* bytes: more than a structure has grown by */
#define MARK 0xA5

/* A structure that lies full of marks, with more of them behind it. */
#define GUARDED(type)                                                                              \
    struct {                                                                                       \
        type own;                                                                                  \
        unsigned char guard[GUARD];                                                                \
    }
#define fill_with_marks(g) memset(&(g), MARK, sizeof(g))
#define assert_guarded(g)                                                                          \
    for (int guard_at = 0; guard_at < GUARD; guard_at++)                                           \
    assert_int_equal((g).guard[guard_at], MARK)

static const char *model_path;

static vis_model *open_model(void)
{
    vis_model *m;
    assert_int_equal(vis_model_open(model_path, NULL, &m, NULL), VIS_OK);
    assert_int_equal(vis_model_set_audio_mode(m, "ave", NULL), VIS_OK);
    return m;
}

static vis_character *open_character(void)
{
    vis_character *c;
    assert_int_equal(vis_character_open(folder, NULL, &c, NULL), VIS_OK);
    return c;
}

/* A tenth of a second of a rising tone: mono, 16 kHz, 16 bits. */
static char *write_wav(void)
{
    enum { COUNT = 1600 };
    static const uint8_t head[44] =
        "RIFF\xa4\x0c\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0"
        "\2\0\x10\0data\x80\x0c\0";
    uint8_t bytes[44 + 2 * COUNT];
    memcpy(bytes, head, sizeof head);
    for (int i = 0; i < COUNT; i++) {
        int value = i * i / 7 % 20000 - 10000;
        bytes[44 + 2 * i] = (uint8_t)value;
        bytes[45 + 2 * i] = (uint8_t)((unsigned)value >> 8);
    }
    char *path = in_folder("speech.wav", 0);
    assert_int_equal(file_write(path, bytes, sizeof bytes, NULL), VIS_OK);
    return path;
}

#endif
