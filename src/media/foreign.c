/* media/foreign.c - kinds of files by their first bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/foreign.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BASE64_MIN 64 /* characters */
#define QUOTED 60     /* of a text, in the message */

static const struct {
    const char *magic;
    size_t size;
    const char *what;
} kinds[] = {
    {"\x93NUMPY", 6, "a NumPy array; features are given as `features`"},
    {"PK\3\4", 4, "a zip archive; unpack it, or a checkpoint given in the wrong place"},
    {"\x1f\x8b", 2, "compressed with gzip; unpack it: gunzip FILE"},
    {"BZh", 3, "compressed with bzip2; unpack it: bunzip2 FILE"},
    {"\xfd\x37zXZ", 5, "compressed with xz; unpack it: unxz FILE"},
    {"7z\xbc\xaf\x27\x1c", 6, "a 7z archive; unpack it"},
    {"Rar!", 4, "a RAR archive; unpack it"},
    {"%PDF", 4, "a PDF document"},
    {"\x89PNG", 4, "a picture (PNG)"},
    {"\xff\xd8\xff", 3, "a picture (JPEG)"},
    {"MThd", 4, "notes (MIDI), not recorded sound"},
    {"version https://git-lfs", 23, "only a Git LFS pointer; fetch the file itself: git lfs pull"},
};

static bool is_magic(const uint8_t *bytes, size_t size, char text[FOREIGN_TEXT])
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].size && memcmp(bytes, kinds[i].magic, kinds[i].size) == 0) {
            snprintf(text, FOREIGN_TEXT, "%s", kinds[i].what);
            return true;
        }
    return false;
}

static bool is_base64_letter(uint8_t c)
{
    return isalnum(c) || strchr("+/-_=\r\n", c) != NULL;
}

static bool is_base64(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == '\0' || !is_base64_letter(bytes[i])) return false;
    return size >= BASE64_MIN;
}

/* UTF-8 or ASCII without control characters; a letter cut at the end is fine. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    size_t odd = 0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < 32 && !isspace(bytes[i])) return false;
        odd += bytes[i] >= 127;
    }
    return size > 0 && odd <= size / 2;
}

/* The beginning as printable characters. */
static void quote(const uint8_t *bytes, size_t size, char out[QUOTED + 1])
{
    size_t n = 0;
    for (; n < size && n < QUOTED; n++) {
        bool printable = bytes[n] >= 32 && bytes[n] < 127;
        out[n] = '?';
        if (isspace(bytes[n])) out[n] = ' ';
        if (printable) out[n] = (char)bytes[n];
    }
    out[n] = '\0';
}

static const char *kind_of_text(const uint8_t *bytes, size_t size)
{
    if (bytes[0] == '{' || bytes[0] == '[') return "JSON text, maybe the error answer of a service";
    if (bytes[0] == '<') return "a web page (HTML or XML), maybe the error answer of a service";
    if (size > 6 && memcmp(bytes, "data: ", 6) == 0)
        return "a text of server-sent events, whose sound is still to be taken out";
    return "text";
}

bool foreign_describe(const uint8_t *bytes, size_t size, char text[FOREIGN_TEXT])
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    bool whole = size < FOREIGN_BYTES;
    if (whole && size == 0) {
        snprintf(text, FOREIGN_TEXT, "empty; make it again");
        return true;
    }
    if (is_magic(bytes, size, text)) return true;
    size_t skip = size >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;
    while (skip < size && isspace(bytes[skip]))
        skip++;
    bytes += skip;
    size -= skip;
    /* Raw video has a line of text in front; FFmpeg knows it, and how to convert it is told there.
     */
    bool raw_video = size >= 9 && memcmp(bytes, "YUV4MPEG2", 9) == 0;
    if (raw_video || !is_text(bytes, size)) return false;
    char begin[QUOTED + 1];
    quote(bytes, size, begin);
    if (size > 5 && memcmp(bytes, "data:", 5) == 0 && memmem(bytes, size, ";base64,", 8))
        snprintf(text, FOREIGN_TEXT,
                 "base64 text with a prefix (data:...); decode it: sed 's/^[^,]*,//' FILE | "
                 "base64 -d > FILE.wav");
    else if (is_base64(bytes, size))
        snprintf(text, FOREIGN_TEXT, "base64 text; decode it: base64 -d FILE > FILE.wav");
    else
        snprintf(text, FOREIGN_TEXT, "%s; it begins with: %s", kind_of_text(bytes, size), begin);
    return true;
}
