"""moto, an emulator of AWS, as a server on this host, and a stricter look at the stacks it claims to have made."""
import dataclasses
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
JUDGES = ROOT / "build/judges/bin"
AMIS = HERE / "moto_amis.json"

# How to see that a resource is there: words before its physical id.
LOOK_UP = {
    "AWS::Batch::ComputeEnvironment": "batch describe-compute-environments --compute-environments",
    "AWS::Batch::JobQueue": "batch describe-job-queues --job-queues",
    "AWS::EC2::EIP": "ec2 describe-addresses --public-ips",
    "AWS::EC2::InternetGateway": "ec2 describe-internet-gateways --internet-gateway-ids",
    "AWS::EC2::LaunchTemplate": "ec2 describe-launch-templates --launch-template-ids",
    "AWS::EC2::NatGateway": "ec2 describe-nat-gateways --nat-gateway-ids",
    "AWS::EC2::RouteTable": "ec2 describe-route-tables --route-table-ids",
    "AWS::EC2::SecurityGroup": "ec2 describe-security-groups --group-ids",
    "AWS::EC2::Subnet": "ec2 describe-subnets --subnet-ids",
    "AWS::EC2::VPC": "ec2 describe-vpcs --vpc-ids",
    "AWS::EC2::VPCEndpoint": "ec2 describe-vpc-endpoints --vpc-endpoint-ids",
    "AWS::IAM::InstanceProfile": "iam get-instance-profile --instance-profile-name",
    "AWS::IAM::Role": "iam get-role --role-name",
    "AWS::KMS::Key": "kms describe-key --key-id",
    "AWS::RDS::DBCluster": "rds describe-db-clusters --db-cluster-identifier",
    "AWS::S3::Bucket": "s3api head-bucket --bucket",
    "AWS::SNS::Topic": "sns get-topic-attributes --topic-arn",
    "AWS::SecretsManager::Secret": "secretsmanager describe-secret --secret-id",
}

# The aws command of `moto.env`: inside_aws_forks.py does the call.
AWS = """#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as forks:
    forks.connect({address!r})
    socket.send_fds(forks, [json.dumps([os.getcwd(), *sys.argv[1:]]).encode()], [0, 1, 2])
    sys.exit(forks.recv(1)[0])
"""


class Moto:
    """`with Moto() as moto:` runs a server of its own; `moto.env` makes the aws and pcluster commands talk to it."""

    def __init__(self, region: str = "us-east-2"):
        self.region = region

    def __enter__(self):
        self._home = tempfile.TemporaryDirectory()  # of the commands: no configuration of the user's, no traces in it
        home = pathlib.Path(self._home.name)
        self._log = home / "moto.log"
        self._processes = []
        server_env = {**os.environ, "MOTO_AMIS_PATH": str(AMIS), "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
                      "PYTHONUNBUFFERED": "1"}
        with self._log.open("w") as log:
            # Port 0: the kernel picks one that is free, and the server's first lines name it.
            self._start([JUDGES / "moto_server", "-H", "127.0.0.1", "-p", "0"], env=server_env,
                        stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.url = self._wait_for_url()
        except Exception:
            self.__exit__()
            raise
        self.env = {**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
                    "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
                    "AWS_DEFAULT_REGION": self.region, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
                    "HOME": self._home.name, "PATH": f"{home}:{JUDGES}:{os.environ['PATH']}"}
        self._command = home / "aws"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind("")  # the kernel picks an address
            listener.listen(64)
            self._command.write_text(AWS.format(python=JUDGES / "python", address=listener.getsockname()))
            self._command.chmod(0o755)
            self._start([JUDGES / "python", HERE / "inside_aws_forks.py"], env=self.env, stdin=listener)
        self.post("/moto-api/config", {"batch": {"use_docker": False}})
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.kill()
            process.wait()
        self._home.cleanup()

    def _start(self, argv, **options):
        self._processes.append(subprocess.Popen(argv, **options))

    def _wait_for_url(self) -> str:
        [server] = self._processes
        while server.poll() is None:
            found = re.search(r"Running on (http://\S+)", self._log.read_text())
            if found:
                return found[1]
            try:
                server.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        raise RuntimeError(f"moto_server did not start:\n{self._log.read_text()[-2000:]}")

    def post(self, path: str, body=None):
        data = json.dumps(body or {}).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()

    def reset(self):
        self.post("/moto-api/reset")

    def aws_process(self, *words) -> subprocess.CompletedProcess:
        return subprocess.run([self._command, "--output", "json", *map(str, words)], env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)

    def aws(self, *words):
        """The answer of the real command line as JSON; None if it prints nothing."""
        done = self.aws_process(*words)
        if done.returncode != 0:
            raise RuntimeError(f"aws {' '.join(map(str, words))}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None


@dataclasses.dataclass
class Deployment:
    status: str
    created: dict[str, str] = dataclasses.field(default_factory=dict)  # logical id: physical id
    skipped: dict[str, str] = dataclasses.field(default_factory=dict)  # logical id: why it was not really made


def deploy_and_compare(moto: Moto, template: pathlib.Path, stack: str = "judged", parameters=()) -> Deployment:
    """Creates the stack. moto says CREATE_COMPLETE although it leaves out resource types that it doesn't know, so
    every resource of the template must have an id of its own and, where LOOK_UP knows how, be found by it."""
    words = [f"ParameterKey={key},ParameterValue={value}" for key, value in dict(parameters).items()]
    moto.aws("cloudformation", "create-stack", "--stack-name", stack, "--template-body", f"file://{template}",
             "--capabilities", "CAPABILITY_NAMED_IAM", *(["--parameters", *words] if words else []))
    status = moto.aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]["StackStatus"]
    made = moto.aws("cloudformation", "describe-stack-resources", "--stack-name", stack)["StackResources"]
    ids = {resource.get("LogicalResourceId"): resource.get("PhysicalResourceId") for resource in made}
    deployment = Deployment(status)
    for logical_id, resource in json.loads(template.read_text())["Resources"].items():
        physical_id, look_up = ids.get(logical_id), LOOK_UP.get(resource["Type"])
        if not physical_id:
            deployment.skipped[logical_id] = f"moto does not make {resource['Type']}"
        elif look_up and moto.aws_process(*look_up.split(), physical_id).returncode != 0:
            deployment.skipped[logical_id] = f"{resource['Type']} {physical_id} is not found by aws {look_up}"
        else:
            deployment.created[logical_id] = physical_id
    return deployment
