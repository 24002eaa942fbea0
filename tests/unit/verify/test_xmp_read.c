/* unit/verify/test_xmp_read.c - the few properties that are wanted, however they are written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "provenance/source_type.h"
#include "provenance/xmp_read.h"

#include <string.h>

static xmp_marks read_packet(const char *packet)
{
    xmp_marks out;
    xmp_read(span_of(packet), &out);
    return out;
}

static void test_every_form_of_a_property(void **state)
{
    static const char *const packets[] = {
        "<i:DigitalSourceType>http://x/y</i:DigitalSourceType>",
        "<i:DigitalSourceType>\n http://x/y \n</i:DigitalSourceType>",
        "<rdf:Description i:DigitalSourceType='http://x/y'/>",
        "<rdf:Description i:DigitalSourceType = \"http://x/y\" a='b'/>",
        "<i:DigitalSourceType rdf:resource=\"http://x/y\"/>",
        "<i:DigitalSourceType></i:DigitalSourceType><i:DigitalSourceType>http://x/y</i:Dig",
    };
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++)
        assert_string_equal(read_packet(packets[i]).source_type, "http://x/y");
}

static void test_damaged_packets_say_nothing(void **state)
{
    static const char whole[] = "<i:DigitalSourceType rdf:resource='http://x/y'/>";
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        xmp_marks out;
        xmp_read((byte_span){(const uint8_t *)whole, size}, &out);
        assert_string_equal(out.source_type, "");
    }
    assert_string_equal(read_packet("a:DigitalSourceType=x").source_type, "");
    assert_string_equal(read_packet("a:DigitalSourceType='x").source_type, "");
}

static void test_the_other_properties(void **state)
{
    xmp_marks m = read_packet("<a xmp:CreatorTool='a\x1b' dcterms:provenance='https://x/'>");
    assert_string_equal(m.tool, "a?");
    assert_string_equal(m.elsewhere, "https://x/");
}

static void test_terms(void **state)
{
    assert_true(source_type_machine_made("http://cv.iptc.org/newscodes/digitalsourcetype/"
                                         "compositeWithTrainedAlgorithmicMedia"));
    assert_false(source_type_machine_made("http://cv.iptc.org/newscodes/digitalsourcetype/"
                                          "digitalCapture"));
    assert_false(source_type_machine_made(""));
    assert_null(source_type_meaning("http://x/somethingElse"));
}

static void test_terms_within_a_text_stand_alone(void **state)
{
    assert_non_null(source_type_in_text("made (trainedAlgorithmicMedia), then cut"));
    assert_null(source_type_in_text("notrainedAlgorithmicMedia trainedAlgorithmicMedias"));
    assert_null(source_type_in_text("nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_of_a_property),
        cmocka_unit_test(test_damaged_packets_say_nothing),
        cmocka_unit_test(test_the_other_properties),
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_terms_within_a_text_stand_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
