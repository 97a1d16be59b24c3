#!/usr/bin/env bash
# The demo: trains a small Llama on English prose with two ranks, from text to a sample, through the commands that a
# user would type. Each is printed before it runs.
set -euo pipefail
cd "$(dirname "$0")/.."

corpus=/usr/share/dictd/gcide.dict.dz
data=build/demo
held_out_bytes=65536

fail() { printf 'trireme demo: error: %s\n' "$1" >&2; exit 3; }
say() {
  local bold='' plain=''
  [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ] || bold=$'\033[1m' plain=$'\033[0m'
  printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}
show_and_run() {
  local word line=
  for word; do
    [[ $word =~ ^[-A-Za-z0-9_./=:,]+$ ]] || word="'$word'"
    line+=" $word"
  done
  printf '$ ./%s\n' "${line# }"
  "$@"
}
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
entropy=$(trireme data inspect "$data/train" --statistics --json | json_number unigram_entropy)
gzip_bytes=$(gzip -9 <"$data/held_out.txt" | wc -c)
awk -v loss="$(json_number loss <<<"$result")" -v bits="$(json_number bits_per_byte <<<"$result")" \
  -v entropy="$entropy" -v gzip_bits="$((8 * gzip_bytes))" -v bytes="$held_out_bytes" 'BEGIN {
  printf "loss            %.3f nats a token; a model of token frequencies alone: %.3f\n", loss, entropy
  printf "bits a byte     %.3f; gzip -9 of the same text: %.3f\n", bits, gzip_bits / bytes
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
