/* program/cmd_serve.c - viseme serve.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/status.h"
#include "program/command.h"
#include "program/interrupt.h"
#include "program/options.h"
#include "program/report.h"
#include "serve/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const command_help cmd_serve_help = {
    .name = "serve",
    .purpose = "characters that talk live: a page, HTTP, WebSocket",
    .usage = "serve --character [NAME=]DIR --model [NAME=]FILE\n"
             "           [--audio-encoder [NAME=]FILE] [--listen ADDRESS:PORT]",
    .example =
        "  viseme serve --model models/99.pth --character character \\\n"
        "      --audio-encoder models/audio_encoder.pth\n"
        "  viseme serve --config live.json --listen 0.0.0.0:8443 --token-file tokens\n\n"
        "Open the address that it prints: type a sentence, and the character says it. Programs\n"
        "do the same through HTTP and WebSockets; GET /openapi.json describes it. It serves\n"
        "until it is stopped (^C, SIGTERM): then nobody is let in any more, what is being said\n"
        "is said to its end (--drain), and it ends in good order with status 0. A second\n"
        "signal, a second or more later, does not wait.\n"
        "--config FILE is a JSON object with the names of these options as keys, without the\n"
        "dashes: {\"character\": [\"anna=/srv/anna\"], \"model\": [\"/srv/99.pth\"], \"exact\":\n"
        "true}. Paths in it start where viseme does. Options on the command line win.\n"
        "Without --token-file only this machine can be served; with it, who makes a session\n"
        "sends one of its lines as a bearer token. The key of --tts-key-file and tokens are\n"
        "read from files, so that no list of processes shows them.\n",
};

typedef struct arguments {
    text_list characters, models, encoders, origins, pushes;
    const char *listen, *tts, *config, *log;
    serve_settings serve;
    int cache_mb;
    common_options common;
    bool done; /* help was printed */
} arguments;

static vis_status settle(arguments *a, vis_error *err)
{
    serve_settings *s = &a->serve;
    const serve_list folders = {a->characters.item, a->characters.count},
                     models = {a->models.item, a->models.count},
                     encoders = {a->encoders.item, a->encoders.count};
    const serve_list pushes = {a->pushes.item, a->pushes.count};
    VIS_TRY(settings_characters(&folders, &models, &encoders, s, err));
    VIS_TRY(settings_pushes(&pushes, s, err));
    VIS_TRY(listen_address_parse(a->listen, &s->listen, err));
    if (a->cache_mb < -1)
        return vis_fail(err, VIS_ERR_USAGE, "--cache-mb %d: must not be negative", a->cache_mb);
    s->cache_bytes = a->cache_mb < 0 ? -1 : (int64_t)a->cache_mb << 20;
    s->threads = a->common.threads;
    s->origin = a->origins.item;
    s->origins = a->origins.count;
    s->log_json = strcmp(a->log, "json") == 0;
    s->tts = a->tts && strcmp(a->tts, "none") == 0 ? NULL : a->tts;
    return settings_check(s, err);
}

static vis_status parse(int argc, char **argv, arguments *a, vis_error *err)
{
    serve_settings *s = &a->serve;
    const option table[] = {
        {"--character", OPTION_TEXTS, &a->characters, "DIR",
         "a character; several may be given, each as NAME=DIR"},
        {"--model", OPTION_TEXTS, &a->models, "FILE",
         "the checkpoint (.pth or .onnx) of all, or NAME=FILE of one"},
        {"--audio-encoder", OPTION_TEXTS, &a->encoders, "FILE", "the AVE audio encoder, likewise"},
        {"--config", OPTION_TEXT, &a->config, "FILE", "a JSON object of these options"},
        {"--listen", OPTION_TEXT, &a->listen, "ADDRESS",
         "address and port (default 127.0.0.1:8080); an IPv6 address in\n"
         "brackets ([::]: all of both kinds); port 0: any that is free"},
        {"--udp-port", OPTION_INT, &s->udp_port, "N",
         "where WebRTC comes and goes, of all sessions (default: the number of\n"
         "--listen's port); 0: any that is free"},
        {"--public-address", OPTION_TEXT, &s->public_address, "ADDRESS",
         "the number by which viewers reach that port, where it is not one of\n"
         "this machine's own: behind NAT, or where --listen is loopback"},
        {"--max-sessions", OPTION_INT, &s->max_sessions, "N",
         "how many at once (default: what the machine keeps at full frame rate)"},
        {"--max-connections", OPTION_INT, &s->max_connections, "N",
         "how many at once (default: 64, and 4 for each session)"},
        {"--max-of-address", OPTION_INT, &s->max_of_address, "N",
         "how many connections one address may have (default: half of them; on\n"
         "a loopback address, where proxies are, all)"},
        {"--token-file", OPTION_TEXT, &s->token_file, "FILE",
         "who may make sessions: one token a line, of 16 characters or more"},
        {"--allow-origin", OPTION_TEXTS, &a->origins, "ORIGIN",
         "a site whose pages may embed the character, https://example.org;\n"
         "several may be given"},
        {"--tls-certificate", OPTION_TEXT, &s->certificate, "FILE", "chain of certificates, PEM"},
        {"--tls-key", OPTION_TEXT, &s->key, "FILE", "its private key, PEM"},
        {"--tts", OPTION_TEXT, &a->tts, "WHAT",
         "who says texts: espeak (default), the URL of an OpenAI-shaped\n"
         "speech server, one that ends in /synthesize (Piper), or none"},
        {"--voice", OPTION_TEXT, &s->voice, "NAME",
         "the default voice (default: espeak en, OpenAI alloy)"},
        {"--tts-model", OPTION_TEXT, &s->tts_model, "NAME", "of the speech server (default tts-1)"},
        {"--tts-key-file", OPTION_TEXT, &s->tts_key_file, "FILE",
         "its first line is the speech server's key"},
        {"--chat", OPTION_TEXT, &s->chat, "URL",
         "who answers texts of the kind chat: an OpenAI-shaped server"},
        {"--chat-model", OPTION_TEXT, &s->chat_model, "NAME", "of that server (default: default)"},
        {"--chat-key-file", OPTION_TEXT, &s->chat_key_file, "FILE",
         "its first line is that server's key"},
        {"--chat-prompt-file", OPTION_TEXT, &s->chat_prompt_file, "FILE",
         "who the character is, as the chat server is told"},
        {"--push", OPTION_TEXTS, &a->pushes, "URL",
         "a standing session goes there: rtmp, rtsp or srt; NAME=URL of one of\n"
         "several characters. URLs with keys are better kept in --config"},
        {"--record", OPTION_TEXT, &s->record, "DIR",
         "an MP4 of each session goes there, marked and signed as those of render are"},
        opt_no_sign(&s->mark.no_sign),
        opt_sign_key(&s->mark.sign_key),
        opt_sign_certificate(&s->mark.sign_certificate),
        opt_label(&s->label),
        opt_aigc_producer(&s->mark.aigc_producer),
        opt_aigc_id(&s->mark.aigc_id),
        opt_precision(&s->precision),
        {"--exact", OPTION_FLAG, &s->exact, NULL, "composite as the Python pipeline does"},
        {"--cache-mb", OPTION_INT, &a->cache_mb, "MB",
         "memory for what was computed of footage, which comes back: decoded frames, a\n"
         "quarter, and what the networks keep of them; the characters share it\n"
         "(default: half of what is free at the start; 0: none)"},
        {"--alone-seconds", OPTION_INT, &s->alone_seconds, "N",
         "a session without a connection lives that long (default 10)"},
        {"--drain", OPTION_INT, &s->drain_seconds, "SECONDS",
         "when it is to end, what is being said may take so long (default 10)"},
        {"--log", OPTION_TEXT, &a->log, "FORMAT",
         "what is told of sessions: text (default), or json, a line each", .choices = "text json"},
        {"--livetalking-open", OPTION_FLAG, &s->livetalking_open, NULL,
         "LiveTalking's routes, which ask for no token, for everybody;\n"
         "else they are served only where no token is wanted"},
    };
    VIS_TRY(options_parse(argc, argv, table, sizeof table / sizeof *table, &cmd_serve_help,
                          &a->common, NULL, &a->done, err));
    return a->done ? VIS_OK : settle(a, err);
}

/* ---- What the server tells ---- */

static void print_line(void *user, const char *line)
{
    const arguments *a = user;
    if (a->serve.log_json)
        fprintf(stderr, "%s\n", line);
    else if (!a->common.quiet)
        fprintf(stderr, "viseme serve: %s\n", line);
}

/* Standard output is for whoever started this and waits for the address. */
static void print_ready(void *user, const char *url, int port)
{
    const arguments *a = user;
    if (a->common.json) {
        json_t *all = json_make("{s:s, s:i}", "url", url, "port", port);
        char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
        if (text) puts(text);
        free(text);
        json_decref(all);
    } else if (!a->common.quiet) {
        printf("%s\n", url);
    }
    (void)fflush(stdout);
}

static void print_standing(void *user, const char *character, const char *id)
{
    const arguments *a = user;
    if (a->common.json)
        printf("{\"character\":\"%s\",\"session\":\"%s\"}\n", character, id);
    else if (!a->common.quiet)
        printf("%s: /v1/sessions/%s\n", character, id);
    (void)fflush(stdout);
}

static serve_wish wish(void *user)
{
    return interrupt_insisted() ? SERVE_END : interrupt_seen() ? SERVE_DRAIN : SERVE_GO_ON;
}

static vis_status run(arguments *a, vis_error *err)
{
    warning_sink sink = {.quiet = a->common.quiet};
    const serve_caller caller = {
        .ready = print_ready,
        .standing = print_standing,
        .wish = wish,
        .user = a,
        .log = {.call = print_line, .user = a},
        .warning = warning_log(&sink),
    };
    interrupt_by_asking_twice();
    return serve_run(&a->serve, &caller, err);
}

int cmd_serve(int argc, char **argv)
{
    vis_error err = {0};
    arguments *a = calloc(1, sizeof *a); /* lists of options are long */
    if (!a) return report_status("serve", vis_fail_memory(&err, "options"), &err);
    a->listen = "127.0.0.1:8080";
    a->tts = "espeak";
    a->cache_mb = -1;
    a->log = "text";
    a->serve.alone_seconds = 10;
    a->serve.drain_seconds = 10;
    a->serve.udp_port = -1;
    vis_status status = parse(argc, argv, a, &err);
    if (status == VIS_OK && !a->done) status = run(a, &err);
    free(a);
    return report_status("serve", status, &err);
}
