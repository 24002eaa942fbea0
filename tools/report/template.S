/* report/template.S - the one page that all reports are: the files of report/page/, as they are.
 *
 * The scripts are one after the other; report.js begins the work, so it is the last.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
        .section .rodata
        .global page_template
        .global page_style
        .global page_script

page_template:
        .incbin "report/page/page.html"
        .byte 0

page_style:
        .incbin "report/page/page.css"
        .byte 0

page_script:
        .incbin "report/page/dom.js"
        .incbin "report/page/plot.js"
        .incbin "report/page/compare.js"
        .incbin "report/page/diagnose.js"
        .incbin "report/page/sweep.js"
        .incbin "report/page/report.js"
        .byte 0

        .section .note.GNU-stack, "", %progbits
