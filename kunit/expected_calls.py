#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turn the specification's list of calls into kunit/expected_calls.h.

expected_calls.py hypercalls.tsv > expected_calls.h

The table walk compares hvpersona/hypercalls/calls.h with the result, so that shapes are
checked against the specification and not against themselves. Where the list says more
than a number ("16 (56)", "8·pages", "up to") a range is kept.
"""
import csv
import re
import sys

PRIVILEGES = [
    "CreatePartitions", "AccessPartitionId", "AccessMemoryPool", "PostMessages",
    "SignalEvents", "CreatePort", "ConnectPort", "AccessStats", "CpuManagement",
    "AccessVsm", "AccessVpRegisters", "StartVirtualProcessor", "EnableExtendedHypercalls",
]


def screaming(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def size_range(text):
    """Smallest and largest size that the list allows, and whether a variable part follows."""
    var = "+var" in text
    text = text.replace("+var", "")
    if text in ("", "-"):
        return 0, 0, var
    if "pages" in text:
        return 8, 4096, var
    if text.startswith("≤"):
        return 0, int(re.sub(r"\D", "", text)), var
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if "modern" in text:    # a second form that is told apart by other means
        numbers = numbers[:1]
    return min(numbers), max(numbers), var


def privileges(row, rows):
    """Privileges that the caller always needs, and those needed on itself."""
    text = row["privilege"]
    same = re.match(r"as (0x[0-9a-f]{4})", text)
    if same:
        return privileges(rows[same.group(1)], rows)
    text = text.replace("higher VTL of the same partition (AccessVsm)", "")
    named = [p for p in PRIVILEGES if p in text]
    # "per TLFS 6.0b" is one edition's opinion, "parent; or itself with X" is X on itself
    always = [p for p in named if f"{p} per TLFS" not in text]
    own = [p for p in always if re.search(rf"(itself|themselves|self)[^;]*\b{p}\b", text)
           or re.search(rf"^{p} \(bit \d+\), or parent", text)]
    if ", with CreatePort" in text:     # needed for both
        own = []
    return [p for p in always if p not in own], own


def mask(names):
    return " | ".join(f"HV_PRIV({screaming(n)})" for n in names) or "0"


def main():
    with open(sys.argv[1], encoding="utf-8") as tsv:
        rows = {row["code"]: row for row in csv.DictReader(tsv, delimiter="\t")}

    print("/* SPDX-License-Identifier: GPL-2.0 */")
    print("/* Generated from the specification's hypercalls.tsv by expected_calls.py. */")
    print("#ifndef HVP_KUNIT_EXPECTED_CALLS_H")
    print("#define HVP_KUNIT_EXPECTED_CALLS_H\n")
    print('#include "fake_backend.h"\n')
    print("struct expected_call {")
    for field in ("u16 code", "const char *name", "u8 origin", "bool rep", "bool var",
                  "u16 input", "u16 output_min", "u16 output_max", "u8 rep_input",
                  "u8 rep_output", "u8 seen", "u8 unsure", "bool root", "bool own_layout",
                  "u64 privilege", "u64 self_privilege"):
        print(f"\t{field};")
    print("};\n")
    print("/*\n * code, name, origin, rep, var, input, output from, to, element in, out, seen, unsure,")
    print(" * for the root, own layout, privilege, on itself\n */")
    print("static const struct expected_call expected_calls[] = {")
    for row in rows.values():
        size, _, var = size_range(row["input_header_bytes"])
        low, high, _ = size_range(row["output_bytes"])
        seen = unsure = 0
        for bit, column in enumerate(("root_boot", "root_idle", "guest_boot", "guest_idle")):
            seen |= (row[column] == "x") << bit
            unsure |= (row[column] == "?") << bit
        element = [size_range(row[c])[0] for c in ("rep_in_elem_bytes", "rep_out_elem_bytes")]
        always, own = privileges(row, rows)
        print(f'\t{{ {row["code"]}, "{row["name"]}", HVPERSONA_ORIGIN_{row["origin"].upper()},\n'
              f'\t  {int(row["kind"] == "rep")}, {int(var)}, {size}, {low}, {high}, '
              f'{element[0]}, {element[1]}, 0x{seen:x}, 0x{unsure:x}, '
              f'{int("root" in row["privilege"])}, '
              f'{int(bool(re.search("project-defined layout|layout not published", row["spec"])))}, '
              f'{mask(always)}, {mask(own)} }},')
    print("};\n\n#endif")


main()
