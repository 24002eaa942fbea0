/* tests/tools/page_of_everything.c - a page with every kind of element, for a browser to show:
 *   page_of_everything PAGE.html PICTURE.png PLOT.svg
 * SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"
#include "report/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAMES 400
#define BINS 32

static double psnr[FRAMES], smooth[FRAMES], few[5] = {24.1, 27.9, 29.4, 30.2, 29.8};
static double few_x[5] = {25, 50, 75, 99, 120}, bins[BINS], edges[BINS],
              costs[] = {31.42, 28.9, 17.25, 12.083, NAN, INFINITY};
static double changes[] = {1.25, -3.5, -0.04, 0};

static void make_data(void)
{
    for (int i = 0; i < FRAMES; i++) {
        psnr[i] = 31 + 3 * sin(i * 0.06) + sin(i * 1.7);
        smooth[i] = i >= 150 && i < 190 ? (double)NAN : 30 + 3 * sin(i * 0.06);
    }
    psnr[260] = NAN;
    smooth[170] = 31;
    for (int i = 0; i < BINS; i++) {
        edges[i] = i;
        bins[i] = floor(2e5 * exp(-i * 0.6));
    }
}

static void put_marked_table(page *p)
{
    static const char *const columns[] = {"deviation", "PSNR", "cost", "SSIM", "note"};
    static const char *const rows[][5] = {
        {"as declared", "31.42 dB", "0 dB", "0.9712", ""},
        {"R and B exchanged", "17.25 dB", "-14.17 dB", "0.8233", "skin turns blue <b>&amp;</b>"},
        {"audio one frame late", "30.02 dB", "-1.4 dB", "0.9611", "hard to see in stills"},
        {"output stretched over the crop", "12.08 dB", "-19.34 dB", "0.5127",
         "\xE2\x9C\x93 \xC3\xA4"},
        {"wrong mode", "\xE2\x80\x93", "\xE2\x80\x93", "\xE2\x80\x93", "did not run"},
    };
    static const page_tone tones[] = {PAGE_GOOD, PAGE_BAD, PAGE_FAIR, PAGE_BAD, PAGE_PLAIN};
    page_table(p, "What each mistake costs in the masked region, mean of 40 frames", columns, 5);
    for (int i = 0; i < 5; i++)
        page_row(p, tones[i], rows[i]);
    page_table_end(p);
}

static void put_wide_table(page *p)
{
    static const char *const wide[] = {"frame",
                                       "min",
                                       "max",
                                       "mean",
                                       "std",
                                       "relative mean",
                                       "relative std",
                                       "max |A - B| /255",
                                       "mean |A - B| /255",
                                       "identical pixels",
                                       "PSNR",
                                       "SSIM"};
    page_table(p, NULL, wide, 12);
    for (int i = 0; i < 60; i++) {
        char cells[12][32];
        const char *row[12];
        for (int k = 0; k < 12; k++) {
            snprintf(cells[k], sizeof cells[k],
                     k == 0   ? "%.0f"
                     : k == 9 ? "%.2f %%"
                              : "%.6f",
                     k == 0 ? i : fabs(sin(i + k)));
            row[k] = cells[k];
        }
        page_row(p, PAGE_PLAIN, row);
    }
    page_table_end(p);
}

static plot plot_of(plot_kind kind, const char *title, const double *x, const double *y, int count)
{
    plot p = plot_defaults();
    p.kind = kind;
    p.title = title;
    p.series[0] = (plot_series){.x = x, .y = y, .count = count};
    p.n_series = 1;
    return p;
}

static vis_status put_lines(page *p, const char *file, vis_error *err)
{
    plot lines = plot_of(PLOT_LINES, "PSNR of 400 frames", NULL, psnr, FRAMES);
    lines.x_label = "frame";
    lines.y_label = "PSNR, dB";
    lines.series[0].name = "talking.mp4";
    lines.series[1] = (plot_series){.name = "mean of 25 frames", .y = smooth, .count = FRAMES};
    lines.n_series = 2;
    lines.threshold = 28;
    lines.threshold_label = "hardly visible above 28 dB";
    page_plot(p, &lines,
              "Against the filmed face, frame by frame. A gap: frames that were not compared.");

    plot sweep = plot_of(PLOT_LINES, "PSNR by checkpoint", few_x, few, 5);
    sweep.x_label = "checkpoint";
    sweep.y_label = "PSNR, dB";
    page_plot(p, &sweep, NULL);
    return plot_save(&lines, file, err);
}

static void put_bars(page *p)
{
    static const char *const labels[] = {
        "as declared",
        "bilinear instead of cubic",
        "R and B exchanged <&>",
        "output stretched over the whole crop instead of placed at [4:324]",
        "wrong mode (did not run)",
        "identical"};
    plot bars = plot_of(PLOT_BARS, "PSNR by deviation", NULL, costs, 6);
    bars.y_label = "PSNR in the mask, dB";
    bars.labels = labels;
    bars.highlight = 0;
    bars.threshold = 24;
    bars.threshold_label = "sound above 24 dB";
    page_plot(p, &bars, "Which contract the checkpoint wants.");

    static const char *const parts[] = {"jaw", "lips", "cheeks", "seam"};
    plot signs = plot_of(PLOT_BARS, "Lightness against the truth", NULL, changes, 4);
    signs.y_label = "difference of L*";
    signs.labels = parts;
    page_plot(p, &signs, NULL);

    plot histogram = plot_of(PLOT_HISTOGRAM, "How often each difference occurs", edges, bins, BINS);
    histogram.x_label = "|A - B|, /255";
    histogram.y_label = "values";
    histogram.log_y = true;
    page_plot(p, &histogram, "Logarithmic: a step of the grid is ten times as many.");
}

static vis_status put_pictures(page *p, const char *file, vis_error *err)
{
    picture shown = {0}, other = {0}, sheet = {0};
    vis_status status = picture_read(file, &shown, err);
    if (status == VIS_OK) status = picture_copy(&shown, &other, err);
    for (int i = 0; status == VIS_OK && i < other.height * other.stride; i += 7)
        other.data[i] ^= 9;
    if (status == VIS_OK)
        status = sheet_four_way(&shown, &shown, "99.pth", &other, "99.onnx", &sheet, err);
    if (status == VIS_OK) {
        page_pictures(p);
        page_picture(p, &sheet, 0, "Frame 7 four ways.");
        page_pictures_end(p);
        page_pictures(p);
        page_picture(p, &shown, 0,
                     "The best frame: 112, 34.91 dB, with a caption that is much longer than its "
                     "picture is wide.");
        page_picture(p, &other, 0, "The worst frame: 16, 26.04 dB");
        page_picture(p, &other, 2 * other.width, "Twice as large");
        page_pictures_end(p);
    }
    picture_free(&shown);
    picture_free(&other);
    picture_free(&sheet);
    return status;
}

int main(int count, char **argument)
{
    page *p;
    vis_error err;
    if (count != 4 ||
        page_create(
            "Is 99.onnx the same as 99.pth?",
            "demo/models/99.pth \xC2\xB7 demo/models/99.onnx \xC2\xB7 40 frames of demo/character",
            &p, &err) != VIS_OK)
        return EXIT_FAILURE;
    make_data();
    page_verdict(
        p, PAGE_GOOD, "Numerically equal",
        "The largest difference of any value is 2.1e-6; no pixel differs by more than 1/255.");
    page_verdict(p, PAGE_FAIR, "Visually equal", "PSNR 46.2 dB, SSIM 0.9981.");
    page_verdict(p, PAGE_BAD, "Different",
                 "PSNR 17.25 dB: red & blue are <exchanged>.\nWrite B, G, R.");
    page_verdict(p, PAGE_PLAIN, "Not judged", NULL);
    page_heading(p, "What each mistake costs");
    page_text(p,
              "The model was run under its declared contract and under %d deviations; the best is "
              "the one it was trained with. A path such as %s may be long.",
              12,
              "/home/somebody/checkpoints/of/a/long/name/that/goes/on/and/on/and/on/without/any/"
              "end/to/it/at/all/99.pth");
    put_marked_table(p);
    put_wide_table(p);
    page_heading(p, "Frame by frame");
    vis_status status = put_lines(p, argument[3], &err);
    put_bars(p);
    page_heading(p, "Pictures");
    if (status == VIS_OK) status = put_pictures(p, argument[2], &err);
    page_footer(p, "viseme 0.1.0\n99.pth: sha256 0b1c\n99.onnx: sha256 77aa");
    if (status == VIS_OK) status = page_save(p, argument[1], &err);
    if (status != VIS_OK) fprintf(stderr, "%s\n", err.message);
    page_free(p);
    return status == VIS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
