#pragma once

namespace trireme::cloud::batch {

/// What each node of the NCCL job runs. The main node makes a key for this job alone, and hands its public half to the
/// nodes that show the job's id; they answer with their host keys and start sshd. So no key is stored, and no host key
/// goes unchecked. Every wait ends at a deadline. Reads the variables that AWS Batch sets ("Environment variables for
/// multi-node parallel jobs", AWS Batch User Guide) and GPUS_PER_NODE.
inline constexpr const char* kNcclJobScript = R"(set -euo pipefail
port=9023
deadline=600
export JOB=$AWS_BATCH_JOB_ID NODES=$AWS_BATCH_JOB_NUM_NODES PORT=$port DEADLINE=$deadline
JOB=$(echo "$JOB" | cut -d'#' -f1)
mkdir -p -m 700 ~/.ssh
mkdir -p /run/sshd
ssh-keygen -A >/dev/null
if [ "$AWS_BATCH_JOB_NODE_INDEX" != "$AWS_BATCH_JOB_MAIN_NODE_INDEX" ]; then
  export MAIN=$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS
  HOST_KEY=$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub) perl -MIO::Socket::INET -e '
    alarm $ENV{DEADLINE};
    my $main;
    until ($main = IO::Socket::INET->new(PeerAddr => $ENV{MAIN}, PeerPort => $ENV{PORT}, Timeout => 5)) { sleep 1 }
    print $main "$ENV{JOB} $ENV{HOST_KEY}\n";
    my $key = <$main> or die "the main node refused this one\n";
    print "from=\"$ENV{MAIN}\" $key";' >>~/.ssh/authorized_keys
  exec /usr/sbin/sshd -D -e
fi
ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
hostname -I | cut -d' ' -f1 >/tmp/hosts
KEY=$(cat ~/.ssh/id_ed25519.pub) perl -MIO::Socket::INET -e '
  $SIG{ALRM} = sub { die "not every node came within $ENV{DEADLINE} s\n" };
  alarm $ENV{DEADLINE};
  my $door = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 128, ReuseAddr => 1) or die "port $ENV{PORT}: $!\n";
  for (my $missing = $ENV{NODES} - 1; $missing > 0;) {
    my $node = $door->accept or next;
    my ($job, $type, $key) = split " ", scalar(<$node>) // "";
    next unless ($job // "") eq $ENV{JOB} && $type eq "ssh-ed25519" && $key =~ m{^[A-Za-z0-9+/=]+$};
    print $node "$ENV{KEY}\n";
    print $node->peerhost, " $type $key\n";
    $missing--;
  }' >~/.ssh/known_hosts
cut -d' ' -f1 ~/.ssh/known_hosts >>/tmp/hosts
sed "s/$/ slots=$GPUS_PER_NODE/" /tmp/hosts >/tmp/hostfile
cat /tmp/hostfile
for host in $(tail -n +2 /tmp/hosts); do
  for try in $(seq 60); do
    ssh -o BatchMode=yes -o ConnectTimeout=5 "$host" true && break
    [ "$try" -lt 60 ] || { echo "no sshd on $host" >&2; exit 1; }
    sleep 2
  done
done
mpirun --allow-run-as-root --hostfile /tmp/hostfile -np $((NODES * GPUS_PER_NODE)) -N "$GPUS_PER_NODE" --bind-to none \
  --tag-output --mca pml ^cm,ucx --mca btl tcp,self --mca btl_tcp_if_exclude lo,docker0 \
  $(env | sed -n 's/^\(NCCL_[A-Z_]*\|FI_[A-Z_]*\|LD_LIBRARY_PATH\)=.*/-x \1/p') \
  /opt/nccl-tests/build/all_reduce_perf -b 8 -e 16G -f 2 -g 1 -c 1 -n 100
)";

}  // namespace trireme::cloud::batch
