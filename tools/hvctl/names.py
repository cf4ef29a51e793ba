#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turn the sheet's registers and partition properties into tools/hvctl/names.h.

names.py hypercall-abi.md > names.h
"""
import re
import sys


def section(text, begin, end):
    return text.split("\n" + begin, 1)[1].split("\n" + end, 1)[0]


def expand(count, names):
    """The names of a range, of which the sheet has the first and the last."""
    stem, begin = re.fullmatch(r"(.*?)([0-9]+)", names[0]).groups()
    for base in "d", "X":
        every = [f"{stem}{int(begin) + i:{base}}" for i in range(count)]
        if every[-1] == names[-1]:
            return every
    raise ValueError(names)


def registers(text):
    rows = []
    for line in section(text, "## 7. Registers", "### 7.1").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for number, name in zip(cells[::2], cells[1::2]):
            numbers = [int(n, 16) for n in re.findall(r"0x[0-9a-f]{8}", number)]
            names = name.split(" .. ")
            if len(numbers) == 1:
                rows.append((numbers[0], name))
            elif numbers:
                every = range(numbers[0], numbers[1] + 1)
                rows += zip(every, expand(len(every), names))
    return sorted(rows)


def properties(text):
    table = section(text, "## 14. Partition properties", "### 14.1")
    return sorted((int(n, 16), name) for n, name in
                  re.findall(r"^\| (0x[0-9a-f]{8}) \| (\w+) \|", table, re.M))


def main():
    with open(sys.argv[1], encoding="utf-8") as sheet:
        text = sheet.read()
    print("/* SPDX-License-Identifier: GPL-2.0 */")
    print("/* Generated from the specification by names.py. */")
    print("#ifndef HVCTL_NAMES_H\n#define HVCTL_NAMES_H")
    for title, rows in ("HV_REGISTERS", registers(text)), ("HV_PROPERTIES", properties(text)):
        print(f"\n#define {title}(X) \\")
        print(" \\\n".join(f"\tX(0x{number:08x}, {name})" for number, name in rows))
    print("\n#endif")


main()
