/* base/log.c - formatting of warnings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>

void vis_warn(const vis_log *log, const char *format, ...)
{
    if (!log || !log->call) return;
    char line[768];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_make_printable(line);
    log->call(log->user, line);
}
