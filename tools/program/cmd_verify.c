/* program/cmd_verify.c - viseme verify: what does a video say of how it was made?
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"
#include "program/command.h"
#include "program/options.h"
#include "program/report.h"
#include "program/verify_text.h"

const command_help cmd_verify_help = {
    .name = "verify",
    .purpose = "does a video say that it is machine-made, and is that mark intact?",
    .usage = "verify FILE [--trust-anchors FILE.pem]",
    .example =
        "  viseme verify talking.mp4\n"
        "  viseme verify talking.mp4 --json\n"
        "  viseme verify talking.mp4 --trust-anchors my_company.pem\n\n"
        "Looks at what the file says of itself (XMP, comment) and at its content credentials\n"
        "(C2PA): found, not found, broken, or not checked. Exit status 0: a mark says that the\n"
        "video is machine-made, and all that was found is intact. 1: no mark says so, or one is\n"
        "broken or could not be checked. 3: not a video that can be read.\n"
        "That no mark is found never means that a video is genuine. An intact mark shows that\n"
        "the file was not changed since it was signed; who signed it is known only as far as\n"
        "--trust-anchors vouches for it. Nothing is asked of the network.\n",
};

typedef struct arguments {
    const char *file;
    vis_verify_options how;
    common_options common;
    bool done;
} arguments;

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    const option table[] = {
        {"--trust-anchors", OPTION_TEXT, &a->how.trust_anchors, "FILE",
         "certificates in PEM of the authorities that you trust to know who\n"
         "signed; without it no signer is known"},
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_verify_help,
                          &a->common, &a->file, &a->done, err));
    if (a->done) return VIS_OK;
    return option_required(a->file, "FILE", &cmd_verify_help, err);
}

/* VIS_NO: no mark says that the video is machine-made, or not all is intact. */
static vis_status run(const arguments *a, vis_error *err)
{
    vis_verification *v;
    vis_verification_info info;
    VIS_TRY(vis_verify(a->file, &a->how, &v, err));
    vis_verification_get_info(v, &info);
    vis_status status = VIS_OK;
    if (a->common.json)
        status = report_json(verify_json(a->file, v), err);
    else if (!a->common.quiet)
        verify_print(a->file, v);
    if (status == VIS_OK && info.verdict != VIS_VERDICT_MACHINE_MADE) status = VIS_NO;
    vis_verification_close(v);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    vis_error err = {0};
    arguments a = {.how = vis_verify_options_defaults()};
    vis_status status = parse(argc, argv, &a, &err);
    if (status == VIS_OK && !a.done) status = run(&a, &err);
    return report_status("verify", status, &err);
}
