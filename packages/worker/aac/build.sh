#!/bin/sh
# Makes aac.wasm; see README.md.
set -eu
cd "$(dirname "$0")"
export RUSTFLAGS="-C linker=wasm-ld-14 -C target-feature=+mutable-globals,+bulk-memory -C link-arg=--export=__stack_pointer \
-C link-arg=-zstack-size=262144 -C link-arg=--max-memory=67108864 --remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
cargo build --release --locked --target wasm32-unknown-unknown
cp target/wasm32-unknown-unknown/release/aac_wasm.wasm aac.wasm
chmod 644 aac.wasm
