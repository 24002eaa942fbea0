/* base/log.h - warnings on their way to the caller. The library itself never prints. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "viseme/status.h" /* vis_log: passed by pointer, which may be NULL */

/* Formats a warning and hands it to the log, if there is one. */
void vis_warn(const vis_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
