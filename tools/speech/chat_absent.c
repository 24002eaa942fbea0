/* speech/chat_absent.c - in the place of a chat that was not built.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "speech/chat.h"

#include "base/status.h"

#include <stddef.h>

vis_status chat_open(const chat_options *o, chat_maker **out, vis_error *err)
{
    *out = NULL;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: this build of viseme lacks libcurl, which chat servers need; install "
                    "libcurl4-gnutls-dev and build again",
                    o->from);
}

void chat_close(chat_maker *m) {}

chat_talk *chat_talk_new(void)
{
    return NULL;
}

void chat_talk_free(chat_talk *t) {}

vis_status chat_answer(chat_maker *m, chat_talk *t, const char *text, const chat_sink *sink,
                       vis_error *err)
{
    return vis_fail(err, VIS_ERR_UNSUPPORTED, "nobody answers here");
}
