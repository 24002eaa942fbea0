/* face/landmarks.c - face landmarks of a frame, and the crop square that they make.
 * SPDX-License-Identifier: Apache-2.0 */
#include "face/landmarks.h"

#include "base/file.h"
#include "base/file_kind.h"
#include "base/text_encoding.h"
#include "face/geometry.h"
#include "face/lips.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINT_LEFT = 1, POINT_RIGHT = 31, POINT_TOP = 52 };

_Static_assert(POINT_RIGHT - POINT_LEFT + 1 == OUTLINE_JAW,
               "the jaw lies between the square's sides");

#define LINE_MAX_BYTES 128
#define SHOWN_BYTES 40 /* of a line that is no point */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* One decimal number at *at, moved behind it; false when there is none or it is out of range.
 * strtod alone would also take hexadecimal, "nan" and "inf". */
static bool parse_number(const char **at, locale_t numbers, int *out)
{
    const char *p = *at;
    while (is_blank(*p))
        p++;
    size_t length = strspn(p, "+-.0123456789eE");
    char *end;
    double value = strtod_l(p, &end, numbers);
    if (length == 0 || end != p + length) return false;
    float rounded = (float)value; /* as NumPy reads it; then int() truncates */
    if (!(fabsf(rounded) <= SQUARE_MAX_COORDINATE)) return false;
    *out = (int)rounded;
    *at = end;
    return true;
}

/* What parts two numbers at *at, moved behind it: a comma or semicolon, ' ' for blanks alone, 0 for
 * nothing. */
static char parse_separator(const char **at)
{
    const char *begin = *at;
    while (is_blank(**at))
        (*at)++;
    if (**at == ',' || **at == ';') return *(*at)++;
    if (*at > begin) return ' ';
    return '\0';
}

/* A line into a point; 0 = blank, 1 = a point, -1 = neither. A third number (a depth, a score) is
 * passed over, as the originals do. Separators must agree: in "12,5 30,5" commas are decimal. */
static int parse_line(const char *line, size_t length, locale_t numbers, int point[2])
{
    char text[LINE_MAX_BYTES];
    while (length > 0 && is_blank(line[length - 1]))
        length--;
    if (length >= sizeof text || memchr(line, 0, length)) return -1;
    memcpy(text, line, length);
    text[length] = 0;
    const char *at = text;
    int third;
    if (!*at) return 0;
    if (!parse_number(&at, numbers, &point[0])) return -1;
    char separator = parse_separator(&at);
    if (!separator || !parse_number(&at, numbers, &point[1])) return -1;
    if (!*at) return 1;
    if (parse_separator(&at) != separator || !parse_number(&at, numbers, &third)) return -1;
    return *at ? -1 : 1;
}

static vis_status refuse_line(const char *line, size_t length, int number, const char *name,
                              vis_error *err)
{
    int shown = length > SHOWN_BYTES ? SHOWN_BYTES : (int)length;
    while (shown > 0 && is_blank(line[shown - 1]))
        shown--;
    return vis_fail(err, VIS_ERR_FORMAT,
                    "%s: line %d: expected a point \"x y\" in pixels, found \"%.*s\"%s; write the "
                    "file again with two numbers a line and decimal points",
                    name, number, shown, line, (size_t)shown < length ? " ..." : "");
}

/* Schemes of other detectors, by how many points they have. */
static vis_status refuse_other_scheme(int count, const char *name, vis_error *err)
{
    static const struct {
        int points;
        const char *detector;
    } others[] = {{68, "dlib, face_alignment, OpenFace"},
                  {98, "WFLW"},
                  {106, "InsightFace"},
                  {468, "MediaPipe"},
                  {478, "MediaPipe"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (count == others[i].points)
            return vis_fail(
                err, VIS_ERR_MISMATCH,
                "%s: has %d points, the scheme of %s; points 1, 31 and 52 make the face square, "
                "and are other places of the face there: detect landmarks again with the detector "
                "of %d points that this family of networks comes with",
                name, count, others[i].detector, LANDMARKS_USUAL);
    return VIS_OK;
}

static void square_of(const int (*points)[2], int square[4])
{
    square[0] = points[POINT_LEFT][0];
    square[1] = points[POINT_TOP][1];
    square[2] = points[POINT_RIGHT][0];
    square[3] = square[1] + (square[2] - square[0]);
}

static void fill_facts(landmarks_facts *facts, const int (*points)[2], int count,
                       const double sum[2])
{
    int square[4];
    square_of(points, square);
    *facts = (landmarks_facts){count, sum[0] / count, sum[1] / count, .jaw = {{0}}};
    memcpy(facts->jaw, points[POINT_LEFT], sizeof facts->jaw);
    facts->opening = count == LANDMARKS_USUAL ? lips_opening(points, count, square) : -1;
}

static vis_status parse_lines(const char *text, size_t size, const char *name, locale_t numbers,
                              int points[LANDMARKS_USUAL][2], landmarks_facts *facts,
                              vis_error *err)
{
    double sum[2] = {0};
    const char *end = text + size;
    int count = 0, line_number = 0;
    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);
        int point[2];
        int kind = parse_line(line, length, numbers, point);
        line_number++;
        if (kind < 0) return refuse_line(line, length, line_number, name, err);
        if (kind > 0) {
            if (count == LANDMARKS_MAX)
                return vis_fail(err, VIS_ERR_LIMIT, "%s: line %d: more than %d points", name,
                                line_number, LANDMARKS_MAX);
            if (count < LANDMARKS_USUAL) memcpy(points[count], point, sizeof point);
            count++;
            sum[0] += point[0];
            sum[1] += point[1];
        }
        line = newline ? newline + 1 : end;
    }
    if (count < LANDMARKS_MIN)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: ends after %d points (line %d); 110 are usual and at least %d needed; "
                        "detect this frame's landmarks again",
                        name, count, line_number, LANDMARKS_MIN);
    if (facts) fill_facts(facts, (const int(*)[2])points, count, sum);
    return refuse_other_scheme(count, name, err);
}

vis_status landmarks_parse_square(const char *text, size_t size, const char *name, int square[4],
                                  landmarks_facts *facts, vis_error *err)
{
    /* The caller's program may have set a locale with a decimal comma. */
    locale_t numbers = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (numbers == (locale_t)0) return vis_fail_memory(err, "landmarks");
    int points[LANDMARKS_USUAL][2] = {{0}};
    const char *utf8;
    char *made = NULL;
    vis_status status = text_as_utf8(text, size, &utf8, &size, &made, err);
    file_kind kind = file_kind_of(utf8, size);
    bool other = kind == FILE_HTML || kind == FILE_LFS_POINTER;
    if (status == VIS_OK)
        status = other ? file_kind_refuse(kind, name, err)
                       : parse_lines(utf8, size, name, numbers, points, facts, err);
    free(made);
    freelocale(numbers);
    if (status == VIS_OK) square_of((const int(*)[2])points, square);
    return status;
}

vis_status landmarks_read_square(const char *path, int square[4], landmarks_facts *facts,
                                 vis_error *err)
{
    buffer text;
    buffer_init(&text, LANDMARKS_MAX_FILE);
    vis_status status = file_read(path, &text, err);
    if (status == VIS_OK)
        status = landmarks_parse_square(text.data ? (const char *)text.data : "", text.size, path,
                                        square, facts, err);
    buffer_free(&text);
    return status;
}
