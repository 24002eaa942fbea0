/* serve/absent.c - in the place of a server that was not built.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve.h"

#include "base/status.h"

vis_status serve_run(const serve_settings *settings, const serve_caller *caller, vis_error *err)
{
    return vis_fail(err, VIS_ERR_USAGE,
                    "this viseme was built without a server: install libwebsockets and build with "
                    "-Dserver=enabled");
}
