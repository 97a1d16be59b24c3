#!/usr/bin/env bash
# The demo: trains a small Llama on English prose with two ranks, from text to a sample, through the commands that a
# user would type. Each is printed before it runs.
set -euo pipefail
cd "$(dirname "$0")/.."

corpus=/usr/share/dictd/gcide.dict.dz
data=build/demo
held_out_bytes=65536

fail() { printf 'trireme demo: error: %s\n' "$1" >&2; exit 3; }
say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
show_and_run() { printf '$ %s\n' "$*"; "$@"; }
json_number() { sed -n "s/.*\"$1\": *\([-0-9.e+]*\).*/\1/p" | head -1; }

name=demo
for ((i = 2; ; i++)); do
  [ -e "runs/$name" ] || break
  name=demo-$i
done

[ -f "$corpus" ] || fail "$corpus is missing; install the Debian package dict-gcide (./trireme build does)"
mkdir -p "$data"
if [ ! -f "$data/train.idx" ]; then
  say "1. English prose from the package dict-gcide (The Collaborative International Dictionary of English)"
  zcat "$corpus" >"$data/all.txt" || fail "$corpus can't be unpacked"
  head -c "-$held_out_bytes" "$data/all.txt" >"$data/train.txt"
  tail -c "$held_out_bytes" "$data/all.txt" >"$data/held_out.txt"
  rm "$data/all.txt"

  say "2. A tokenizer, trained on it"
  show_and_run trireme data train-tokenizer "$data/train.txt" --vocab-size 4096 --to "$data/tokenizer.json"

  say "3. Token files in Megatron's format"
  show_and_run trireme data prepare "$data/train.txt" --tokenizer "$data/tokenizer.json" --to "$data/train"
fi

say "4. Training on two ranks, sharded with FSDP"
show_and_run trireme train recipes/demo.toml --set log.name="$name" --ranks 2

show_and_run trireme report "runs/$name" --plot

say "5. How good is it? The last $held_out_bytes bytes of the dictionary were held out."
checkpoint=$(ls -d "runs/$name"/checkpoints/step_* | tail -1)
result=$(trireme evaluate --model "$checkpoint" --text "$data/held_out.txt" --seq-len 256 --json)
statistics=$(trireme data inspect "$data/train" --json)
loss=$(json_number loss <<<"$result")
tokens=$(json_number tokens <<<"$result")
bytes=$(json_number bytes <<<"$result")
entropy=$(json_number unigram_entropy <<<"$statistics")
gzip_bytes=$(head -c "${bytes%.*}" "$data/held_out.txt" | gzip -9 | wc -c)
awk -v loss="$loss" -v tokens="$tokens" -v bytes="$bytes" -v entropy="$entropy" -v packed="$gzip_bytes" 'BEGIN {
  printf "loss            %.3f nats a token; a unigram model of the corpus: %.3f\n", loss, entropy
  printf "bits a byte     %.3f; gzip -9 of the same text: %.3f\n", loss * tokens / log(2) / bytes, packed * 8 / bytes
}'

say "6. A sample"
show_and_run trireme generate --model "$checkpoint" --prompt "Whale \\Whale\\, n. " --max-new-tokens 80 \
  --temperature 0.8 --top-k 40 --seed 1

say "What it left, and what to do next"
cat <<END
checkpoint   $checkpoint
loss plot    runs/$name/report.html
more steps   ./trireme train recipes/demo.toml --set log.name=$name --resume --set train.steps=2000 --ranks 2
your text    ./trireme data prepare yours.txt --tokenizer $data/tokenizer.json --to build/yours
as HF model  ./trireme convert --from $checkpoint --to build/demo-model
how it works docs/tour.md
END
