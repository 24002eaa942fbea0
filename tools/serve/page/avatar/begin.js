// <viseme-avatar server="https://host" character="name">: a face that talks, from a `viseme serve`.
//
//   socket ──H.264──► VideoDecoder ──► frames that wait ──────────► canvas
//          └──Opus──► AudioDecoder ──► ring of the sound thread ──► loudspeaker
//                                      └── tells what is heard now: the clock that pictures follow
//
// A module without dependencies: the files of this folder, one after the other in the order of serve/assets.S. The sound
// thread (an AudioWorklet) loads the same module, so that an embedding page needs one address and a strict content
// security policy holds.

const RATE = 48000;                     // samples a second of everything that is played
const HEADER = 16;                      // bytes before the payload of a media message
const KIND_H264 = 1, KIND_OPUS = 2, FLAG_KEY = 1, KIND_MICROPHONE = 16;
const REPLACED = 4001;                  // the socket's close code where another took its place
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const milliseconds = (count) => count * RATE / 1000;
