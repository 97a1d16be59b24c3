#!/usr/bin/env python3
"""Refreshes facts/instances.tsv and facts/network_cards.tsv from what EC2 says.

    aws ec2 describe-instance-types > described.json
    tools/instance_facts.py described.json --source "EC2 DescribeInstanceTypes, us-east-1, 2026-11-20" --add c8i.large

Rows of described types are rewritten, in place and in order; --add appends types that the tables lack. Other rows stay, and so do
the columns that EC2 doesn't tell (KEPT).
"""
import argparse
import json
import pathlib
import re

KEPT = ("sockets", "nvlinks", "nvlink_generation", "efa_rdma_read", "efa_rdma_write", "slurm_real_memory_mb")
ACCELERATOR = ("accelerator_maker", "accelerator", "accelerators", "accelerator_memory_mib")
NO_ACCELERATOR = dict(zip(ACCELERATOR, (None, None, 0, None)))
# EC2's name of a GPU and its memory in MiB -> the key of facts/gpu_peaks.tsv, where one name means several parts.
SAME_NAME = {("A100", 40960): "a100-sxm-40gb", ("A100", 81920): "a100-sxm-80gb",
             ("H100", 81920): "h100-sxm", ("H200", 144384): "h200-sxm"}
# EC2 says 512 GiB for a Trainium2; AWS Neuron's page "Amazon EC2 Trn2 Architecture" says 96.
TRUE_MEMORY = {("Trainium2", 524288): 98304}


class Table:
    """A table of facts as text: leading comments and column names, then rows of a dict each."""

    def __init__(self, path):
        self.path = path
        lines = path.read_text().splitlines()
        self.comments = [line for line in lines if line.startswith("#")]
        names, *rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
        self.columns = names
        self.rows = [dict(zip(names, row, strict=True)) for row in rows]

    def write(self):
        rows = ["\t".join(str(row[name]) for name in self.columns) for row in self.rows]
        self.path.write_text("\n".join([*self.comments, "\t".join(self.columns), *rows]) + "\n")


def cell(value):
    """As the tables write it: "-" unknown, true and false, whole numbers without a point."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def accelerator_cells(described, row):
    """From EC2 when it tells them; it is silent about the chips of trn2u, so what a row has stays."""
    if gpus := described.get("GpuInfo", {}).get("Gpus"):
        chip, maker = gpus[0], gpus[0]["Manufacturer"].lower()
    elif chips := described.get("NeuronInfo", {}).get("NeuronDevices"):
        chip, maker = chips[0], "aws"
    else:
        return NO_ACCELERATOR if "accelerators" not in row else {}
    memory = chip["MemoryInfo"]["SizeInMiB"]
    key = SAME_NAME.get((chip["Name"], memory), chip["Name"].lower())
    return dict(zip(ACCELERATOR, (maker, key, chip["Count"], TRUE_MEMORY.get((chip["Name"], memory), memory))))


def network_gbps(text):
    """ "Up to 25 Gigabit" is 25, "4x 100 Gigabit" is 400; words alone say nothing."""
    found = re.fullmatch(r"(?:Up to )?(?:(\d+)x )?([\d.]+) Gigabit", text)
    return float(found[2]) * int(found[1] or 1) if found else None


def instance_cells(described, row, source):
    cpu, network = described["VCpuInfo"], described["NetworkInfo"]
    disks = described.get("InstanceStorageInfo", {})
    usage = described["SupportedUsageClasses"]
    [architecture] = [each for each in described["ProcessorInfo"]["SupportedArchitectures"] if each in ("x86_64", "arm64")]
    kept_source = row.get("source", "").partition("; ")[2]  # of what is kept by hand in this row
    return accelerator_cells(described, row) | {
        "type": described["InstanceType"],
        "architecture": architecture,
        "vcpus": cpu["DefaultVCpus"],
        "cores": cpu["DefaultCores"],
        "threads_per_core": cpu["DefaultThreadsPerCore"],
        "memory_mib": described["MemoryInfo"]["SizeInMiB"],
        "network_gbps": network_gbps(network["NetworkPerformance"]),
        "network_cards": network["MaximumNetworkCards"],
        "efa_interfaces": network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        "local_nvme_gb": disks.get("TotalSizeInGB", 0),
        "local_nvme_disks": sum(disk["Count"] for disk in disks.get("Disks", [])),
        "placement_group": "cluster" in described["PlacementGroupInfo"]["SupportedStrategies"],
        "capacity_block": "capacity-block" in usage,
        "spot": "spot" in usage,
        "source": f"{source}; {kept_source}" if kept_source else source,
    }


def layout_of(card):
    """What AWS advises for the maximum of EFA interfaces: the primary interface is plain, EFA-only joins it; other cards carry EFA-only."""
    primary, efa = card["NetworkCardIndex"] == 0, "efa-only" in card["InterfaceTypes"]
    if primary and efa:
        return "0:interface,1:efa-only" if card["MaximumNetworkInterfaces"] > 1 else "0:efa"
    return "0:interface" if primary else "0:efa-only" if efa else None


def card_rows(described, source):
    """A row for each run of like cards. Types without EFA and with one card need none."""
    network = described["NetworkInfo"]
    if network["MaximumNetworkCards"] == 1 and not network["EfaSupported"]:
        return []
    rows = []
    for card in network["NetworkCards"]:
        like = {"type": described["InstanceType"], "kinds": ",".join(card["InterfaceTypes"]),
                "max_interfaces": card["MaximumNetworkInterfaces"], "layout": layout_of(card), "source": source}
        if rows and all(rows[-1][key] == value for key, value in like.items()):
            rows[-1]["cards"] = f'{rows[-1]["cards"].split("-")[0]}-{card["NetworkCardIndex"]}'
        else:
            rows.append({**like, "cards": str(card["NetworkCardIndex"])})
    return rows


def refresh(facts, described, source, added):
    instances, cards = Table(facts / "instances.tsv"), Table(facts / "network_cards.tsv")
    present = {row["type"] for row in instances.rows}
    instances.rows += [{"type": name} | dict.fromkeys(KEPT) for name in added if name not in present]
    card_table = []
    for row in instances.rows:
        name = row["type"]
        if name in described:
            row |= instance_cells(described[name], row, source)
            card_table += card_rows(described[name], source)
        else:
            card_table += [card for card in cards.rows if card["type"] == name]
    cards.rows = card_table
    for table in (instances, cards):
        table.rows = [{key: cell(value) for key, value in row.items()} for row in table.rows]
        table.write()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("described", type=pathlib.Path, help="output of aws ec2 describe-instance-types")
    parser.add_argument("--source", required=True, help="what the source column says")
    parser.add_argument("--add", nargs="*", default=[], metavar="TYPE", help="types to append")
    parser.add_argument("--facts", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / "facts")
    arguments = parser.parse_args()
    described = {each["InstanceType"]: each for each in json.loads(arguments.described.read_text())["InstanceTypes"]}
    if missing := [name for name in arguments.add if name not in described]:
        parser.error(f"{arguments.described} does not describe {', '.join(missing)}")
    refresh(arguments.facts, described, arguments.source, arguments.add)


if __name__ == "__main__":
    main()
