// One row of curves turned into everything that moves: head transform, jaw, lips, lids, gaze.
// Space: x to the image's right, y up, z towards the camera; one unit is about half a face's width.
#ifndef PRESENTER_POSE_H
#define PRESENTER_POSE_H

enum { CURVES = 20, LANDMARKS = 110 };

enum curve {
    C_JAW,
    C_LIPS,
    C_WIDE,
    C_ROUND,
    C_PRESS,
    C_TUCK,
    C_TONGUE_UP,
    C_TONGUE_OUT,
    C_SMILE,
    C_BLINK_L,
    C_BLINK_R,
    C_GAZE_X,
    C_GAZE_Y,
    C_BROW,
    C_YAW,
    C_PITCH,
    C_ROLL,
    C_TX,
    C_TY,
    C_BREATH
};

#define HINGE_Y (-0.12f) // the jaw turns about this line by the ears
#define HINGE_Z (-0.10f)
#define MOUTH_Y (-0.545f) // where closed lips meet
#define EYE_X 0.335f
#define EYE_Y 0.045f
#define EYE_Z 0.555f
#define EYE_R 0.262f

struct pose {
    float rot[9];                              // head to world, rows
    float pivot[3];                            // the head turns about this point of the neck
    float shift[3];                            // head and body together
    float camera_z, focal, centre_x, centre_y; // pixel = centre + focal * (x, -y) / (camera_z - z)

    float jaw, jaw_c, jaw_s, jaw_fwd;
    float half_width, corner_y, upper_y, lower_y; // inner edges of the lips
    float upper_z, lower_z, upper_r, lower_r, arch, curve;
    float smile, round, press, open;
    float tongue_y, tongue_z, tongue_tip_y, tongue_tip_z;

    float lid_up[2], lid_low[2]; // elevation of the lid planes; 0 is image left
    float gaze[2][3];
    float brow, breath;
    float neck_low[3]; // the neck's foot, which stays with the body, in head space
};

void pose_make(struct pose *pose, const float row[CURVES], int size);
void pose_landmarks(const struct pose *pose, float xy[LANDMARKS][2]);
void pose_mouth(const struct pose *pose, float *opening, float *width);

#endif
