/* serve/metrics.h - how it goes, as Prometheus reads it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "base/buffer.h"
#include "serve/server.h"

vis_status metrics_print(server *s, buffer *out, vis_error *err);

#endif
