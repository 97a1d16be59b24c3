#!/usr/bin/env bash
# Packs the libraries that a GPU host without a package manager lacks into build/bundle: headers of toml++, PCRE2,
# utf8proc, xxHash and libyaml, with static libraries, so that nothing has to be installed there. On that host:
#
#   tools/check_gpu.sh
#
# The host brings its compiler, CMake, ninja, PyTorch with CUDA, CLI11, nlohmann-json, zlib and GoogleTest.
set -euo pipefail
cd "$(dirname "$0")/.."

bundle=build/bundle
rm -rf "$bundle"
mkdir -p "$bundle/include" "$bundle/lib"
cp -r /usr/include/toml++ /usr/include/pcre2.h /usr/include/utf8proc.h /usr/include/xxhash.h /usr/include/yaml.h "$bundle/include/"
library_folder=$(dirname "$(gcc -print-file-name=libpcre2-8.a)")
for name in libpcre2-8.a libutf8proc.a libxxhash.a libyaml.a; do
  [ -f "$library_folder/$name" ] || { echo "missing $library_folder/$name: install libpcre2-dev, libutf8proc-dev, libxxhash-dev and libyaml-dev" >&2; exit 3; }
  cp "$library_folder/$name" "$bundle/lib/"
done
echo "$(du -sh "$bundle" | cut -f1) in $bundle"
