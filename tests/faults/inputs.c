/* tests/faults/inputs.c - makes them; what has to be computed, viseme itself computes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "inputs.h"

#include "../unit/api/small_character.h"
#include "../unit/audio/support.h"
#include "checkpoints.h"

const char *inputs_folder(void)
{
    return folder;
}

/* The squares of the frames that a render of two frames from the start shows. */
static void write_rectangles(void)
{
    static const char text[] = "{\"0\": {\"rect\": [21, 30, 171, 180]}, "
                               "\"1\": {\"rect\": [22, 30, 172, 180]}}";
    char *path = in_folder("inputs/package/crop_rectangles.json", 0);
    assert_int_equal(file_write(path, text, sizeof text - 1, NULL), VIS_OK);
    free(path);
}

/* Raw float32 as an array. */
static void write_array(const char *from, const char *to, int rank, const int64_t *dim)
{
    buffer bytes;
    char *raw = in_folder(from, 0), *array = in_folder(to, 0);
    buffer_init(&bytes, 1 << 20);
    assert_int_equal(file_read(raw, &bytes, NULL), VIS_OK);
    support_write_npy(array, rank, dim, (const float *)bytes.data);
    buffer_free(&bytes);
    free(raw);
    free(array);
}

static void make_folder(const char *name)
{
    char *path = in_folder(name, 0);
    assert_int_equal(folder_make(path, NULL), VIS_OK);
    free(path);
}

/* Runs viseme with these words, divided by spaces; a word that begins with @ lies in the folder. */
static void make(int (*viseme)(char **), const char *line)
{
    char copy[512], *word[32], *rest = NULL;
    int count = 0;
    snprintf(copy, sizeof copy, "viseme %s --quiet --threads 1", line);
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        word[count++] = w[0] == '@' ? in_folder(w + 1, 0) : text_copy(w, strlen(w));
    word[count] = NULL;
    assert_int_equal(viseme(word), 0);
    while (count)
        free(word[--count]);
}

int inputs_make(int (*viseme)(char **))
{
    if (make_character(NULL) != 0) return -1;
    make_folder("inputs");
    make_folder("inputs/package");
    char *speech = in_folder("inputs/speech.wav", 0);
    support_write_noise(speech, 16000, 8000, 0.5f, 1);
    free(speech);
    char *unet = in_folder("inputs/model.pth", 0), *encoder = in_folder("inputs/encoder.pth", 0),
         *shallow = in_folder("inputs/shallow.onnx", 0);
    checkpoint_unet(unet);
    checkpoint_shallow(shallow);
    checkpoint_encoder(encoder);
    free(unet);
    free(encoder);
    free(shallow);
    write_rectangles();
    make(viseme, "export --model @inputs/model.pth --audio-mode ave -o @inputs/model.onnx");
    make(viseme,
         "render --model @inputs/shallow.onnx --character @ --features @aud_ave.npy --frames 2 "
         "-o @inputs/package/full_body_video.mp4");
    make(viseme, "dump --model @inputs/shallow.onnx --character @ --frames 1 -o @inputs/raw");
    make(viseme,
         "frames --model @inputs/shallow.onnx --character @ --frames 3 -o @inputs/pictures");
    write_array("inputs/raw/visual_input.bin", "inputs/visual.npy", 4,
                (const int64_t[]){1, 6, 160, 160});
    write_array("inputs/raw/audio_input.bin", "inputs/audio.npy", 4,
                (const int64_t[]){1, 32, 16, 16});
    return 0;
}

int inputs_remove(void)
{
    return remove_character(NULL);
}
