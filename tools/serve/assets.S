/* serve/assets.S - the files of serve/page/ and the description of the interface, as they are.
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
        asset avatar, "serve/page/viseme-avatar.js"
        asset embed, "serve/page/embed.html"
        asset embed_style, "serve/page/embed.css"
        asset embed_script, "serve/page/embed.js"
        asset icon, "serve/page/icon.svg"
        asset openapi, "serve/openapi.json"

        .section .note.GNU-stack, "", %progbits
