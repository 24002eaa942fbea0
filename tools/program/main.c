/* program/main.c - viseme COMMAND ...: finds the command and runs it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"
#include "program/commands.h"
#include "program/gmp_reserve.h"
#include "program/interrupt.h"
#include "program/report.h"
#include "viseme/viseme.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_usage(FILE *out)
{
    fprintf(out,
            "viseme %s - lip-sync networks without Python\n\nUsage: viseme COMMAND [options]\n\n",
            vis_version());
    const command *c;
    for (int i = 0; (c = command_at(i)); i++)
        fprintf(out, "  %-10s %s\n", c->help->name, c->help->purpose);
    fprintf(out, "\nviseme COMMAND --help explains a command, with an example. viseme --version "
                 "prints the version.\n");
}

/* Where a standard stream was closed, the next file opened would take its number, and what is
 * printed would go into that file. A descriptor of the wrong direction makes it an error instead.
 */
static void fill_standard_streams(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/dev/null", modes[fd]); /* takes the lowest number */
}

/* A typing error in VISEME_ISA would be measured as the best set that there is. */
static int refuse_isa(const char *name)
{
    fprintf(stderr, "viseme %s: VISEME_ISA=%s: choose %s", name, getenv("VISEME_ISA"),
            cpu_isa_name(CPU_PORTABLE));
    for (int isa = CPU_PORTABLE + 1; isa <= CPU_ALL; isa++)
        fprintf(stderr, "%s %s", isa == CPU_ALL ? " or" : ",", cpu_isa_name((cpu_isa)isa));
    fprintf(stderr, "\n");
    return 2;
}

static int fail_unknown(const char *name)
{
    fprintf(stderr, "viseme: there is no command %s; see viseme --help\n", name);
    return 2;
}

static int run(const command *c, int argc, char **argv)
{
    if (!cpu_environment_known()) return refuse_isa(c->help->name);
    interrupt_watch(c->help->name);
    return report_output(c->help->name, c->run(argc, argv));
}

/* `viseme help`, and `viseme help COMMAND`, which is `viseme COMMAND --help`. */
static int help(int argc, char **argv)
{
    if (argc < 3) {
        print_usage(stdout);
        return report_output(argv[1], 0);
    }
    const command *c = command_find(argv[2]);
    if (!c) return fail_unknown(argv[2]);
    return report_output(c->help->name, command_explain(c, NULL));
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    signal(SIGPIPE, SIG_IGN); /* writing then fails, as it does on a full disk, */
    signal(SIGXFSZ, SIG_IGN); /* and can be told and cleaned up after */
    vis_silence_ffmpeg();     /* it would print what the error line says already */
    gmp_reserve_set_up();
    if (argc < 2) {
        fprintf(stderr, "viseme: a command is missing; see viseme --help\n");
        return 2;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        printf("viseme %s\n", vis_version());
        return report_output(name, 0);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help(argc, argv);
    const command *c = command_find(name);
    return c ? run(c, argc - 1, argv + 1) : fail_unknown(name);
}
