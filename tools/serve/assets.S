/* serve/assets.S - the files of serve/page/ and the description of the interface, as they are.
 *
 * The scripts of page/avatar/ are one module, viseme-avatar.js; element.js defines what the others serve, so it is the last.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
        .section .rodata

        .macro asset name, file
        .global asset_\name
        .global asset_\name\()_end
asset_\name:
        .incbin "\file"
asset_\name\()_end:
        .byte 0
        .endm

        asset index, "serve/page/index.html"
        asset style, "serve/page/page.css"
        asset page, "serve/page/page.js"
        asset embed, "serve/page/embed.html"
        asset embed_style, "serve/page/embed.css"
        asset embed_script, "serve/page/embed.js"
        asset icon, "serve/page/icon.svg"
        asset openapi, "serve/openapi.json"

        .global asset_avatar
        .global asset_avatar_end
asset_avatar:
        .incbin "serve/page/avatar/begin.js"
        .incbin "serve/page/avatar/sound_thread.js"
        .incbin "serve/page/avatar/connection.js"
        .incbin "serve/page/avatar/sound.js"
        .incbin "serve/page/avatar/picture.js"
        .incbin "serve/page/avatar/line.js"
        .incbin "serve/page/avatar/clock.js"
        .incbin "serve/page/avatar/microphone.js"
        .incbin "serve/page/avatar/captions.js"
        .incbin "serve/page/avatar/looks.js"
        .incbin "serve/page/avatar/element.js"
asset_avatar_end:
        .byte 0

        .section .note.GNU-stack, "", %progbits
