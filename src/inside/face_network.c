/* inside/face_network.c - render/network.h, without what only renders ask of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "inside/face_network.h"

#include "render/network.h"

vis_status face_network_create(const model *m, thread_pool *pool, bool reference, network **out,
                               vis_error *err)
{
    return network_create(m, pool, &(network_options){.reference = reference}, out, err);
}

void face_network_free(network *n)
{
    network_free(n);
}

float *face_network_visual(network *n)
{
    return network_visual(n);
}

const float *face_network_run(network *n, const float *window)
{
    return network_run(n, window, NULL);
}

const float *face_network_run_again(network *n, const float *window)
{
    return network_run_again(n, window, NULL);
}
