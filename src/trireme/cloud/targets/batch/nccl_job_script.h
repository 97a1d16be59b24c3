#pragma once

namespace trireme::cloud::batch {

/// What each node of the NCCL job runs. Each makes a key for this job alone. The main node hands the public half of its
/// own to nodes that show the job's id, for which they open their sshd to its address; the key that they show is the
/// one that their sshd proves to have. So no key is stored, none of the image's is trusted, and no host goes unchecked.
/// Every wait ends at a deadline; JOIN_DEADLINE_S sets that of the meeting. Reads the variables that AWS Batch sets
/// ("Environment variables for multi-node parallel jobs", AWS Batch User Guide) and GPUS_PER_NODE. CloudFormation would
/// take a dollar before a brace for its own, so there is none.
inline constexpr const char* kNcclJobScript = R"sh(set -euo pipefail
work=$(mktemp -d)
JOB=$(echo "$AWS_BATCH_JOB_ID" | cut -d'#' -f1)
DEADLINE=$(printenv JOIN_DEADLINE_S | grep . || echo 600)
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
KEY=$(cut -d' ' -f1,2 "$work/key.pub")
export JOB DEADLINE KEY PORT=9023 NODES=$AWS_BATCH_JOB_NUM_NODES
if [ "$AWS_BATCH_JOB_NODE_INDEX" != "$AWS_BATCH_JOB_MAIN_NODE_INDEX" ]; then
  export MAIN=$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS
  perl -MIO::Socket::INET -e '
    sub fail { print STDERR @_, "\n"; exit 1 }
    $SIG{ALRM} = sub { fail "the main node $ENV{MAIN} did not answer within $ENV{DEADLINE} s" };
    alarm $ENV{DEADLINE};
    my $main;
    until ($main = IO::Socket::INET->new(PeerAddr => $ENV{MAIN}, PeerPort => $ENV{PORT}, Timeout => 5)) { sleep 1 }
    print $main "$ENV{JOB} $ENV{KEY}\n";
    my $key = <$main> // fail "the main node $ENV{MAIN} refused this one";
    print "from=\"$ENV{MAIN}\" $key";' >"$work/authorized_keys"
  mkdir -p /run/sshd || true  # where it has to be there, sshd says so
  # StrictModes minds that anyone may write to /tmp; the folder itself is ours alone.
  exec "$(command -v sshd || echo /usr/sbin/sshd)" -D -e -h "$work/key" -o StrictModes=no \
    -o AuthorizedKeysFile="$work/authorized_keys"
fi
perl -MSocket -MIO::Socket::INET -e '
  sub fail { print STDERR @_, "\n"; exit 1 }
  my (%keys, $self);
  $SIG{PIPE} = "IGNORE";
  $SIG{ALRM} = sub {
    my @came = ("the main one", sort keys %keys);
    fail scalar(@came), " of $ENV{NODES} nodes came within $ENV{DEADLINE} s: @came";
  };
  alarm $ENV{DEADLINE};
  my $door = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 128, ReuseAddr => 1)
    or fail "port $ENV{PORT}: $!";
  while (1 + keys %keys < $ENV{NODES}) {
    my $node = $door->accept or next;
    my $host = $node->peerhost;
    $node->sockopt(SO_RCVTIMEO, pack("l!l!", 5, 0));
    my ($job, $type, $key) = split " ", scalar(<$node>) // "";
    my $known = ($job // "") eq $ENV{JOB} && ($type // "") eq "ssh-ed25519" && ($key // "") =~ m{^[A-Za-z0-9+/=]+$};
    if (!$known || $key ne ($keys{$host} // $key)) {
      warn "refused $host\n";
      next;
    }
    print $node "$ENV{KEY}\n" or next;
    $self = $node->sockhost;
    $keys{$host} = $key;
  }
  print "$self $ENV{KEY}\n", map { "$_ ssh-ed25519 $keys{$_}\n" } sort keys %keys;' >"$work/nodes"
cut -d' ' -f1 "$work/nodes" | sed "s/$/ slots=$GPUS_PER_NODE/" >"$work/hostfile"
cat "$work/hostfile"
printf '%s\n' "IdentityFile $work/key" "UserKnownHostsFile $work/nodes" 'StrictHostKeyChecking yes' 'BatchMode yes' \
  'ConnectTimeout 5' >"$work/ssh"
for host in $(tail -n +2 "$work/nodes" | cut -d' ' -f1); do
  for try in $(seq 60); do
    ssh -F "$work/ssh" "$host" true && break
    [ "$try" -lt 60 ] || { echo "no sshd on $host" >&2; exit 1; }
    sleep 2
  done
done
# Its values are passed by name, so no word of this list needs quotes.
passed=$(env | sed -n 's/^\(NCCL_[A-Z0-9_]*\|FI_[A-Z0-9_]*\|LD_LIBRARY_PATH\)=.*/-x \1/p')
# Called by its full path, mpirun finds its other half on nodes whose sshd does not know the image's PATH.
# shellcheck disable=SC2086
"$(command -v mpirun)" --allow-run-as-root --mca plm_rsh_args "-F $work/ssh" --hostfile "$work/hostfile" \
  -np $((NODES * GPUS_PER_NODE)) -N "$GPUS_PER_NODE" --bind-to none --tag-output \
  --mca pml ^cm,ucx --mca btl tcp,self --mca btl_tcp_if_exclude lo,docker0,ecs-eth0 $passed \
  /opt/nccl-tests/build/all_reduce_perf -b 8 -e 16G -f 2 -g 1 -c 1 -n 100
)sh";

}  // namespace trireme::cloud::batch
