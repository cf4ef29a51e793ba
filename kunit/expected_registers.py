#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turn the sheet's section "Registers" into kunit/expected_registers.h.

expected_registers.py hypercall-abi.md > expected_registers.h

One row per number or range of numbers that the specification names.
"""
import re
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as sheet:
        text = sheet.read()
    section = text.split("\n## 7. Registers", 1)[1].split("\n### 7.1", 1)[0]
    rows = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for number, name in zip(cells[::2], cells[1::2]):
            numbers = re.findall(r"0x[0-9a-f]{8}", number)
            if numbers:
                first = int(numbers[0], 16)
                rows.append((first, int(numbers[-1], 16), name.split(" ")[0]))
    rows.sort()

    print("/* SPDX-License-Identifier: GPL-2.0 */")
    print("/* Generated from the specification's list of registers by expected_registers.py. */")
    print("#ifndef HVP_KUNIT_EXPECTED_REGISTERS_H")
    print("#define HVP_KUNIT_EXPECTED_REGISTERS_H\n")
    print("#include <linux/types.h>\n")
    print("static const struct expected_register {")
    print("\tu32 first;\n\tu32 last;\n\tconst char *name;")
    print("} expected_registers[] = {")
    for first, last, name in rows:
        print(f'\t{{ 0x{first:08x}, 0x{last:08x}, "{name}" }},')
    print("};\n\n#endif")


main()
