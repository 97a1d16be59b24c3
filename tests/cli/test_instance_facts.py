"""Instance types are rows: a new one needs no code, and the rows are what EC2 says."""
import json
import shutil
import subprocess
import sys
import unittest

from cli_support import ROOT, CliTest

JUDGE = ROOT / "build/judges/bin/python"
# EC2's descriptions of its instance types, as the emulator of EC2 among the judges carries them.
PRINT_DESCRIBED = """
import json
from moto.ec2.models.instance_types import INSTANCE_TYPES
print(json.dumps({"InstanceTypes": list(INSTANCE_TYPES.values())}))
"""


def rows_of(path):
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


class RowsOnlyTest(CliTest):
    def setUp(self):
        super().setUp()
        self.facts = self.folder / "facts"
        shutil.copytree(ROOT / "facts", self.facts)

    def append_like(self, table, like, name):
        """Adds the rows of type `like` again as those of `name`."""
        path = self.facts / table
        text = path.read_text()
        rows = [line for line in text.splitlines() if line.startswith(like + "\t")]
        path.write_text(text + "".join(name + line.removeprefix(like) + "\n" for line in rows))

    def show(self, name):
        return self.run_trireme("catalog", name, "--json", env={"TRIREME_FACTS": str(self.facts)})

    def test_a_new_type_is_rows(self):
        self.assertEqual(self.show("newtype.48xlarge").returncode, 1)
        for table in ("instances.tsv", "network_cards.tsv", "instance_zones.tsv"):
            self.append_like(table, "p5en.48xlarge", "newtype.48xlarge")
        done = self.show("newtype.48xlarge")
        self.assertEqual(done.returncode, 0, done.stderr)
        facts = json.loads(done.stdout)
        self.assertEqual(facts["family"], "newtype")
        self.assertEqual(len(facts["interfaces"]), 17)
        self.assertIn("us-east-2", facts["zones"])

    def test_a_type_with_efa_needs_its_cards(self):
        self.append_like("instances.tsv", "p5en.48xlarge", "newtype.48xlarge")
        done = self.show("newtype.48xlarge")
        self.assertEqual(done.returncode, 1)
        self.assertIn("newtype.48xlarge has 0 cards in network_cards.tsv and 16 in instances.tsv", done.stderr)

    def test_a_misspelt_layout_is_named(self):
        path = self.facts / "network_cards.tsv"
        text = path.read_text()
        row = "p5en.48xlarge\t1-15\tinterface,efa,efa-only\t4\t0:efa"
        self.assertIn(row, text)
        path.write_text(text.replace(row + "-only", row.replace("0:efa", "0=efa")))
        done = self.show("p5en.48xlarge")
        self.assertEqual(done.returncode, 1)
        self.assertIn('network_cards.tsv: "0=efa" must be DEVICE:KIND', done.stderr)


class DescribedTest(CliTest):
    """Against DescribeInstanceTypes of another project's copy."""

    @classmethod
    def setUpClass(cls):
        if not JUDGE.exists():
            raise AssertionError(f"{JUDGE} is missing; run ./trireme test, which fetches the judges")
        done = subprocess.run([JUDGE, "-c", PRINT_DESCRIBED], text=True, capture_output=True, check=True)
        cls.text = done.stdout
        cls.described = {each["InstanceType"]: each for each in json.loads(done.stdout)["InstanceTypes"]}
        cls.instances = {row["type"]: row for row in rows_of(ROOT / "facts/instances.tsv")}

    def test_every_row(self):
        compared = 0
        for name, row in self.instances.items():
            if name not in self.described:
                self.assertNotIn("DescribeInstanceTypes", row["source"], f"{name} is not described")
                continue
            said = self.described[name]
            network = said["NetworkInfo"]
            chips = said.get("GpuInfo", {}).get("Gpus") or said.get("NeuronInfo", {}).get("NeuronDevices") or []
            with self.subTest(type=name):
                compared += 1
                self.assertEqual(int(row["vcpus"]), said["VCpuInfo"]["DefaultVCpus"])
                self.assertEqual(int(row["cores"]), said["VCpuInfo"]["DefaultCores"])
                self.assertEqual(int(row["memory_mib"]), said["MemoryInfo"]["SizeInMiB"])
                self.assertEqual(int(row["network_cards"]), network["MaximumNetworkCards"])
                self.assertEqual(int(row["efa_interfaces"]), network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0))
                self.assertEqual(row["placement_group"] == "true",
                                 "cluster" in said["PlacementGroupInfo"]["SupportedStrategies"])
                self.assertEqual(row["capacity_block"] == "true", "capacity-block" in said["SupportedUsageClasses"])
                if "accelerators:" not in row["source"]:  # then another source than EC2 counts them
                    self.assertEqual(int(row["accelerators"]), sum(chip["Count"] for chip in chips))
        self.assertGreaterEqual(compared, 120)

    def test_every_interface_that_a_layout_asks_for(self):
        for card_row in rows_of(ROOT / "facts/network_cards.tsv"):
            if card_row["type"] not in self.described:
                continue
            first, _, last = card_row["cards"].partition("-")
            for index in range(int(first), int(last or first) + 1):
                card = self.described[card_row["type"]]["NetworkInfo"]["NetworkCards"][index]
                with self.subTest(type=card_row["type"], card=index):
                    self.assertEqual(card["NetworkCardIndex"], index)
                    interfaces = [each.split(":") for each in card_row["layout"].split(",")]
                    self.assertLessEqual({kind for _, kind in interfaces}, set(card["InterfaceTypes"]))
                    self.assertLess(max(int(device) for device, _ in interfaces), card["MaximumNetworkInterfaces"])

    def refreshed(self, *words):
        facts = self.folder / "facts"
        shutil.copytree(ROOT / "facts", facts)
        described = self.write("described.json", self.text)
        subprocess.run([sys.executable, ROOT / "tools/instance_facts.py", described, "--facts", facts, *words],
                       check=True)
        return facts

    def test_the_tool_writes_the_tables_as_they_are(self):
        facts = self.refreshed("--source", self.instances["p5.48xlarge"]["source"])
        for name in ("instances.tsv", "network_cards.tsv"):
            self.assertEqual((facts / name).read_text(), (ROOT / "facts" / name).read_text(), name)

    def test_the_tool_adds_types(self):
        facts = self.refreshed("--source", "here and now", "--add", "g7e.48xlarge")
        done = self.run_trireme("catalog", "g7e.48xlarge", "--json", env={"TRIREME_FACTS": str(facts)})
        self.assertEqual(done.returncode, 0, done.stderr)
        added = json.loads(done.stdout)
        self.assertEqual((added["accelerators"], added["efa_interfaces"], added["source"]), (8, 4, "here and now"))
        self.assertEqual(added["interfaces"][-1], {"card": 3, "device": 0, "kind": "efa-only"})


if __name__ == "__main__":
    unittest.main()
