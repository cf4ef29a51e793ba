#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Generate expected_properties.h from the specification.

usage: expected_properties.py hypercall-abi.md >expected_properties.h
"""
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
text = text[text.index("## 14. Partition properties"):]
text = text[:text.index("### 14.1")]

print("""/* SPDX-License-Identifier: GPL-2.0 */
/* Generated from the specification's section 14 by expected_properties.py. */
#ifndef HVP_KUNIT_EXPECTED_PROPERTIES_H
#define HVP_KUNIT_EXPECTED_PROPERTIES_H

#include <linux/types.h>

struct expected_property {
	u32 code;
	const char *name;
};

static const struct expected_property expected_properties[] = {""")
for code, name in re.findall(r"^\| (0x[0-9a-f]{8}) \| (\w+) \|", text, re.M):
    print(f'\t{{ {code}, "{name}" }},')
print("""};

#endif""")
