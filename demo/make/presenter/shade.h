// Light and material: the colour of a point on the presenter, linear and not yet tone-mapped.
#ifndef PRESENTER_SHADE_H
#define PRESENTER_SHADE_H

#include "packet.h"
#include "pose.h"

// hit marks the lanes that hold a surface point; the others' result is meaningless.
v3 shade_surface(const struct pose *pose, v3 world, v3 ray, vi hit);
v3 shade_tonemap(v3 linear);

#endif
