// The presenter as signed distances: where the surface is and what it is made of.
#ifndef PRESENTER_SDF_H
#define PRESENTER_SDF_H

#include "packet.h"
#include "pose.h"

enum material {
    M_SKIN,
    M_EYE,
    M_HAIR,
    M_TEETH,
    M_TONGUE,
    M_JACKET,
    M_SHIRT,
    M_LASH,
    M_LAPEL,
    M_COUNT
};

// What the shading of skin needs to know beyond the distance.
struct skin_detail {
    vf lip;      // 0 skin, 1 lip
    vf seam;     // height above the line where the lips meet
    vf lid;      // closeness to a lid's edge, 0..1
    vf lid_skin; // 1 on the eyelids
    vf brow;     // 0..1
    vf brow_s;   // along-hair coordinate for the brow's strokes
    vf inside;   // 1 inside the mouth
    v3 rest;     // the point with the jaw's motion undone, for texture
};

struct hair_detail {
    vf across; // coordinate across the strands
    v3 axis;   // its direction, head space; strands run across it in the surface
};

v3 sdf_to_head(const struct pose *pose, v3 world);
v3 sdf_dir_to_head(const struct pose *pose, v3 world);
v3 sdf_dir_to_world(const struct pose *pose, v3 head);

vf sdf_scene(const struct pose *pose, v3 world);
vi sdf_material(const struct pose *pose, v3 world);
struct skin_detail sdf_skin_detail(const struct pose *pose, v3 head);
struct hair_detail sdf_hair_detail(v3 head);

#endif
